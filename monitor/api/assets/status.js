// Keeps the status page as the server would show it now. The server says when
// something has changed; then the page is fetched, and what is another in it is
// put in place.
'use strict';
(() => {
  const live = document.getElementById('live');
  let stream = null;
  let fetching = false;
  let again = false; // something has changed while the page was fetched

  const say = (text, state) => {
    live.textContent = text;
    live.dataset.state = state;
  };

  const ago = (then) => {
    const s = Math.max(0, Math.round((Date.now() - then) / 1000));
    if (s < 5) return 'just now';
    if (s < 60) return `${s - s % 5} s ago`;
    if (s < 3600) return `${Math.floor(s / 60)} min ago`;
    if (s < 48 * 3600) return `${Math.floor(s / 3600)} h ago`;
    return `${Math.floor(s / 86400)} days ago`;
  };

  const tick = (root) => {
    for (const time of root.querySelectorAll('time')) {
      if (!time.title) time.title = time.textContent;
      const text = ago(Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // What a reader has opened or closed stays so.
  const keepOpen = (old, next) => {
    for (const d of [next, ...next.querySelectorAll('details')]) {
      const before = d.tagName === 'DETAILS' && document.getElementById(d.id);
      if (before && old.contains(before)) d.open = before.open;
    }
  };

  // sync makes the children of old those of next, and leaves those alone that
  // are the same.
  const sync = (old, next) => {
    let at = old.firstElementChild;
    for (const child of [...next.children]) {
      const before = document.getElementById(child.id);
      let put = child;
      if (before) {
        keepOpen(before, child);
        if (before.isEqualNode(child)) {
          put = before;
        } else {
          if (before === at) at = child;
          before.replaceWith(child);
        }
      }
      if (put === at) at = at.nextElementSibling;
      else old.insertBefore(put, at);
    }
    while (at) {
      const gone = at;
      at = at.nextElementSibling;
      gone.remove();
    }
  };

  const refresh = async () => {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    again = false;
    try {
      const answer = await fetch('/');
      if (!answer.ok) throw new Error(answer.statusText);
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      tick(document);
      tick(next);
      const focused = document.activeElement && document.activeElement.id;
      for (const id of ['projects', 'incidents']) {
        sync(document.getElementById(id), next.getElementById(id));
      }
      if (focused && document.activeElement.id !== focused) {
        const again = document.getElementById(focused);
        if (again) again.focus({ preventScroll: true });
      }
      const verdict = document.getElementById('verdict');
      const now = next.getElementById('verdict');
      verdict.className = now.className;
      if (verdict.textContent !== now.textContent) verdict.replaceChildren(...now.childNodes);
      document.title = next.title;
      document.body.dataset.revision = next.body.dataset.revision;
      say('Live', 'on');
    } catch {
      disconnect();
      say('Connection lost, trying again', 'off');
      setTimeout(connect, 3000);
    } finally {
      fetching = false;
      if (again && stream) refresh();
    }
  };

  const disconnect = () => {
    if (stream) stream.close();
    stream = null;
  };

  const connect = () => {
    if (stream || document.hidden) return;
    stream = new EventSource('/v1/events');
    stream.addEventListener('status', (event) => {
      if (event.data === document.body.dataset.revision) say('Live', 'on');
      else refresh();
    });
    stream.onerror = () => {
      say('Connection lost, trying again', 'off');
      if (stream && stream.readyState === EventSource.CLOSED) {
        disconnect();
        setTimeout(connect, 3000);
      }
    };
  };

  // A page that nobody sees needs no connection: a browser has few of them.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) disconnect();
    else connect();
  });
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', connect);

  // A link to an incident opens it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === 'DETAILS') target.open = true;
  };
  addEventListener('hashchange', reveal);
  document.addEventListener('click', (event) => {
    if (event.target.closest('a[href^="#"]')) setTimeout(reveal);
  });

  reveal();
  tick(document);
  setInterval(() => tick(document), 5000);
  say('Connecting', 'off');
  connect();
})();
