// The table goes to standard output, progress to standard error.

export function progress(text) {
  process.stderr.write(`bench: ${text}\n`);
}

export function print(text) {
  process.stdout.write(`${text}\n`);
}
