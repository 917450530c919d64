/** Compile-time only: every member of the declarations exists in the implementation. */
import type { OT } from "./ot";
import type { Publisher } from "./publisher";
import type { Session } from "./session";
import type { Subscriber } from "./subscriber";
import type * as Api from "./types/opentok-api";

type Missing<Declared, Implemented> = Exclude<keyof Declared, keyof Implemented>;
type Nothing<Names extends never> = Names;

export type Complete = [
  Nothing<Missing<typeof Api, typeof OT>>,
  Nothing<Missing<Api.Session, Session>>,
  Nothing<Missing<Api.Publisher, Publisher>>,
  Nothing<Missing<Api.Subscriber, Subscriber>>,
];
