import type { Join } from "./call";
export const joinRoom: Join = async () => {
  throw new Error("not connected");
};
