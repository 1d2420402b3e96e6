// Stands in for @kurkle/color, which Chart.js uses to animate and to darken colours under the
// pointer. This page does neither: no chart here has animations or listens to events.
export class Color {
  readonly valid = false;
  constructor(private readonly input: unknown) {}
  saturate() { return this; }
  darken() { return this; }
  mix() { return this; }
  hexString() { return String(this.input); }
}
