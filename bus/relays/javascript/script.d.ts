// The global of a file that exo-script runs. Use it with: /// <reference types="exorelay/script" />
import { Send } from ".";

declare global {
  /** Sends in the activity of the attempt. */
  var send: Send;
}
