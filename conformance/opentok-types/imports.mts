import { connect, ExedraError, type Room } from "../../sdk/dist/core/index.js";
import OT, { initSession, initPublisher, type PublisherProperties, type Session } from "../../sdk/dist/opentok.mjs";

const properties: PublisherProperties = { insertMode: "append", resolution: "1280x720" };
const session: Session = initSession("key", "id");
const publisher: OT.Publisher = initPublisher("publisher", properties, (error) => console.log(error?.name));
session.publish(publisher).on("streamCreated", ({ stream }) => console.log(stream.streamId));
OT.on("exception", ({ code, title, message }) => console.log(code, title, message));

const room: Room = await connect({ sessionId: "id", token: "token" });
room.on("streamCreated", async ({ stream }) => console.log((await room.subscribe(stream)).mediaStream.id));
room.on("disconnected", ({ error }) => console.log(error instanceof ExedraError && error.problem.cause?.id));
