// What the origin takes, as the browser says; the page is alone in its profile.

export const weighing = {
  usage: async () => (await navigator.storage.estimate()).usage,
};
