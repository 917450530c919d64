import OT, { initSession, initPublisher, type PublisherProperties, type Session } from "../../sdk/dist/opentok.mjs";

const properties: PublisherProperties = { insertMode: "append", resolution: "1280x720" };
const session: Session = initSession("key", "id");
const publisher: OT.Publisher = initPublisher("publisher", properties, (error) => console.log(error?.name));
session.publish(publisher).on("streamCreated", ({ stream }) => console.log(stream.streamId));
OT.on("exception", ({ code, title, message }) => console.log(code, title, message));
