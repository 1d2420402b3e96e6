// What to paste to send a first point to this server.

export interface Snippet {
  key: string;
  label: string;
  text: string;
  hint: string;
}

export function snippets(origin: string): Snippet[] {
  const url = `${origin}/api/v1/runs/my-run/epochs`;
  return [
    {
      key: 'curl', label: 'curl',
      text: `curl ${url} \\\n  -d '{"epoch": 1, "train_loss": 0.85, "val_loss": 0.90, "lr": 0.1}'`,
      hint: 'Any other number in the record becomes a metric with a chart of its own.',
    },
    {
      key: 'python', label: 'Python',
      text: `import json, urllib.request

def log(**record):
    urllib.request.urlopen(urllib.request.Request(
        "${url}",
        json.dumps(record).encode(), {"Content-Type": "application/json"}))

log(epoch=1, train_loss=0.85, val_loss=0.90, lr=0.1)`,
      hint: 'The standard library is enough. NaN and infinity are stored as such and marked on the chart.',
    },
    {
      key: 'pytorch', label: 'PyTorch loop',
      text: `for epoch in range(1, 51):
    train_loss = train(model, optimizer)
    val_loss = validate(model)
    log(epoch=epoch, train_loss=train_loss, val_loss=val_loss,
        lr=scheduler.get_last_lr()[0])
    scheduler.step()`,
      hint: 'log() is the function of the Python example.',
    },
    {
      key: 'csv', label: 'A CSV file',
      text: `curl ${url} \\\n  -H 'Content-Type: text/csv' --data-binary @history.csv`,
      hint: 'The header names the columns: epoch,train_loss,val_loss,lr',
    },
  ];
}
