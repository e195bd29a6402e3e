// Runs before any script of the page: whatever an answer does that it must not leaves a mark.
(() => {
  const caught = [];
  const catching =
    (name) =>
    (...given) => {
      caught.push(`${name}: ${String(given[0])}`);
    };
  Object.defineProperty(window, "__caught", { value: caught });
  Object.defineProperty(window, "pwned", {
    get: () => undefined,
    set: catching("pwned"),
  });
  for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = catching(name);
  const elsewhere = (url) => new URL(url, location.href).host !== location.host;
  const guard = (holder, name, at) => {
    const real = holder[name];
    holder[name] = function (...given) {
      const url = given[at]?.url ?? given[at];
      if (elsewhere(url)) catching(name)(url);
      return real.apply(this, given);
    };
  };
  guard(window, "fetch", 0);
  guard(Navigator.prototype, "sendBeacon", 0);
  guard(XMLHttpRequest.prototype, "open", 1);
  window.WebSocket = class extends WebSocket {
    constructor(url, ...more) {
      if (elsewhere(url)) catching("WebSocket")(url);
      super(url, ...more);
    }
  };
  addEventListener("securitypolicyviolation", (event) => {
    caught.push(`refused: ${event.effectiveDirective} ${event.blockedURI}`);
  });
})();
