import { spread } from '../statistics.mjs';
export const resultText = ({ row, lanes }) => `${row.name}: ${row.title}\n` + lanes.map(({ label, times, memory, said }) => { const { median, min, max } = spread(times); return `  ${label.padEnd(45)} ${median.toFixed(1).padStart(12)} ${min.toFixed(1).padStart(12)} ${max.toFixed(1).padStart(12)} ${memory?.length ? (spread(memory).median/2**20).toFixed(1)+' MiB' : ''} ${said?.toFixed(0) ?? ''}`; }).join('\n');
export async function writeResults() {}
