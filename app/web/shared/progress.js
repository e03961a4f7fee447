/**
 * A thin bar that shows while requests run. It ends with the last of them, however they end.
 *
 * const busy = progressBar(byId("progress"));
 * const answer = await busy(request(url));
 */
export function progressBar(bar) {
  let running = 0;
  const show = () => {
    bar.hidden = running === 0;
  };
  show();
  return async (promise) => {
    running += 1;
    show();
    try {
      return await promise;
    } finally {
      running -= 1;
      show();
    }
  };
}
