package api

import (
	"net/http"
	"strings"
)

// policy lets a page load what comes from this server, and nothing else.
const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses what is none of this server's business. The check of the host
// is against DNS rebinding: a page of another site, whose name was made to mean
// 127.0.0.1 after it was loaded, still says its own name.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !s.isForUs(r.Host):
			refuse(w, http.StatusMisdirectedRequest, s.whereToAsk())
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "Nothing can be changed here. Only GET and HEAD are answered.")
		case r.ContentLength != 0:
			h.Set("Connection", "close")
			refuse(w, http.StatusRequestEntityTooLarge, "A request has no body here.")
		case foreign(r):
			refuse(w, http.StatusForbidden, "Pages of other sites may not read this.")
		case s.token.set && r.URL.Path != healthPath && !s.token.shown(r):
			// A browser asks its user because of the first.
			h["Www-Authenticate"] = []string{`Basic realm="Clockwork", charset="UTF-8"`, `Bearer realm="Clockwork"`}
			refuse(w, http.StatusUnauthorized, "This needs the token of "+tokenSetting+": as that of a bearer, or as the password of any user.")
		default:
			s.admit(next, w, r)
		}
	})
}

// whereToAsk says what a request should have been for.
func (s *Server) whereToAsk() string {
	if s.opts.Certificate != nil {
		return "This server goes by the names in its certificate, with its port. Ask for one of those."
	}
	return "This server is only for this machine. Ask for 127.0.0.1, [::1] or localhost, with its port."
}

// admit answers a request as soon as there is room for it. Streams have their
// own.
func (s *Server) admit(next http.Handler, w http.ResponseWriter, r *http.Request) {
	slots := s.requests
	if r.URL.Path == eventsPath {
		slots = s.streams
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		next.ServeHTTP(w, r)
	default:
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "Too much is being asked at once. Close other status pages, or try again later.")
	}
}

// foreign tells whether a browser says that a page of another site asks, and not
// by a link that a person followed. Another port of this machine is another
// site.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, code int, sentence string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(strings.TrimSpace(sentence) + "\n"))
}
