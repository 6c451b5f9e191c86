// An event of one tab on its way to another.

import { contenders } from '../../contenders/all.js';
import { eventFrom } from '../../events.js';

const STREAM = 'order-told';

/** The store of this tab, and when what was heard had been sent. */
let store;
let heard = [];

export const telling = {
  async openTab(storeName, lane, durability, isHearing) {
    store = await contenders[lane.opens].open(storeName, durability, { ...lane, isHearing });
    if (isHearing) await store.hear(({ data: { sent } }) => heard.push({ sent, at: now() }));
  },

  /** Appends one event after another, each with the moment of the call. Its revision is `from` and what follows. */
  async tell(from, count, pause) {
    for (let n = from; n < from + count; n++) {
      const { type, data } = eventFrom(n);
      const event = { type, data: { ...data, sent: now() } };
      await (store.appendAndTell ?? store.append)(STREAM, event, n);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  },

  /** How long after the call each event was heard, in ms. */
  heardInTab: async () => {
    const times = heard.map(({ sent, at }) => at - sent);
    heard = [];
    return times;
  },

  closeTab: () => store.close(),
};

/** The clock that all pages of a machine share, finer than `Date.now()`. */
const now = () => performance.timeOrigin + performance.now();
