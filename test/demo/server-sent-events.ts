/** Reads a stream of server-sent events. Comments and everything but the data are left out. */

/** The data of each event, parsed as JSON. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    const blocks = (rest + decoder.decode(piece, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data: '));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice('data: '.length)).join('\n'));
    }
  }
}
