// Our declarations must be usable wherever the vendor's are expected.
import Ref = require("@opentok/client");
import Ours = require("../../sdk/dist/opentok.cjs");

export const whole: typeof Ref = Ours;

declare const session: ReturnType<typeof Ours.initSession>;
export const asSession: Ref.Session = session;
declare const publisher: ReturnType<typeof Ours.initPublisher>;
export const asPublisher: Ref.Publisher = publisher;
declare const subscriber: InstanceType<typeof Ours.Subscriber>;
export const asSubscriber: Ref.Subscriber = subscriber;
declare const stream: InstanceType<typeof Ours.Stream>;
export const asStream: Ref.Stream = stream;
declare const connection: InstanceType<typeof Ours.Connection>;
export const asConnection: Ref.Connection = connection;
