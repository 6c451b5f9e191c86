/** The category of a stream: what precedes the first `-` of its id; without one, the id itself. */
export function categoryOf(streamId: string): string {
  const end = streamId.indexOf('-');
  return end < 0 ? streamId : streamId.slice(0, end);
}
