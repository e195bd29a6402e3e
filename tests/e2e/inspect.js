// What is wrong with the page, by kind. Every list is empty on a page that an answer has not got out of.
() => {
  const tags = new Set(
    (
      "a p br hr em strong s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 div span table thead tbody tr th td " +
      "math mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot mtable mtr mtd mover munder munderover " +
      "mstyle mpadded mphantom menclose mmultiscripts mprescripts none"
    ).split(" "),
  );
  const attributes = new Set(
    (
      "href class dir start data-language target rel tabindex display mathvariant stretchy fence separator accent " +
      "accentunder columnalign rowspacing columnspacing columnlines rowlines scriptlevel displaystyle lspace rspace width " +
      "height depth voffset linethickness minsize maxsize symmetric notation"
    ).split(" "),
  );
  const borrowed =
    /^(button|primary|quiet|vote|notice|sr-only|skip|turn|dock)$/;
  const inside = [...document.querySelectorAll(".prose *")];
  const some = (list) => list.slice(0, 5);
  const short = (element) => element.outerHTML.slice(0, 120);
  const links = inside.filter(
    (element) => element.tagName === "A" && element.hasAttribute("href"),
  );
  const ids = [...document.querySelectorAll("[id]")].map(
    (element) => element.id,
  );
  const wide =
    document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return {
    caught: some([...window.__caught.splice(0)]),
    elements: some(
      inside.filter((element) => !tags.has(element.localName)).map(short),
    ),
    attributes: some(
      inside.flatMap((element) =>
        element
          .getAttributeNames()
          .filter((name) => !attributes.has(name))
          .map((name) => `${name} on ${short(element)}`),
      ),
    ),
    looks: some(
      inside
        .filter((element) =>
          [...element.classList].some((name) => borrowed.test(name)),
        )
        .map(short),
    ),
    links: some(
      links
        .filter(
          (link) =>
            !/^(https?:\/\/[^/]|mailto:)/i.test(link.getAttribute("href")) ||
            !["http:", "https:", "mailto:"].includes(link.protocol) ||
            link.target !== "_blank" ||
            link.rel !== "noopener noreferrer nofollow ugc",
        )
        .map(short),
    ),
    outside: some(
      [
        ...document.querySelectorAll(
          "iframe, frame, object, embed, base, link[rel=prefetch], meta[http-equiv]:not(head > *)",
        ),
      ].map(short),
    ),
    scripts: some(
      [...document.scripts]
        .filter(
          (script) =>
            script.src && !script.src.startsWith(`${location.origin}/`),
        )
        .map(short),
    ),
    ids: some(ids.filter((id, index) => ids.indexOf(id) !== index)),
    clobbered: some(
      [
        "reveal",
        "location",
        "body",
        "cookie",
        "querySelector",
        "getElementById",
        "attributes",
      ].filter((name) => document[name] instanceof Element && name !== "body"),
    ),
    nothing: some(
      [...document.querySelectorAll("[data-testid^=answer-]")]
        .filter((side) => !side.querySelector(".prose"))
        .map(short),
    ),
    sideways: wide > 0 ? [`${wide} px`] : [],
  };
};
