/** `OT.publishers`, `OT.subscribers`, and the audio output that all of them share. */
import { Collection } from "./collection";
import type { Publisher } from "./publisher";
import type { Subscriber } from "./subscriber";

export const publishers = new Collection<Publisher>();
export const subscribers = new Collection<Subscriber>();

let sinkId: string | undefined;

export function currentSinkId(): string | undefined {
  return sinkId;
}

export async function useSink(deviceId: string): Promise<void> {
  sinkId = deviceId;
  await Promise.all(subscribers.map((subscriber) => subscriber.followSink()));
}
