/** One message of a stream of server-sent events. */
export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Takes the text of a stream as it comes, in whatever pieces, and gives the messages that are whole. */
export class ServerEventReader {
  private rest = '';

  read(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => messageIn(block) ?? []);
  }
}

/** A comment alone keeps the connection open, and is no message. */
function messageIn(block: string): ServerEvent | undefined {
  const message = { id: '', event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    if (field === 'id' || field === 'event') message[field] = value;
    if (field === 'data') message.data += value;
  }
  return message.data === '' ? undefined : message;
}
