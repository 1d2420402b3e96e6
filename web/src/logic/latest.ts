// Asks the newest of many questions: one at a time, and never one that is out of date when its turn
// comes. What is dragged follows the pointer as fast as the answers come, and no faster.
export class Latest<Q, A> {
  private busy = false;
  private waiting: Q | null = null;
  private stopped = false;

  constructor(private ask: (question: Q) => Promise<A>,
              private tell: (question: Q, answer: A | null, problem: unknown) => void) {}

  want(question: Q) {
    if (this.busy) this.waiting = question;
    else void this.run(question);
  }

  stop() {
    this.stopped = true;
    this.waiting = null;
  }

  private async run(question: Q) {
    this.busy = true;
    try {
      const answer = await this.ask(question);
      if (!this.stopped) this.tell(question, answer, null);
    } catch (problem) {
      if (!this.stopped) this.tell(question, null, problem);
    }
    this.busy = false;
    const next = this.waiting;
    this.waiting = null;
    if (next !== null && !this.stopped) void this.run(next);
  }
}
