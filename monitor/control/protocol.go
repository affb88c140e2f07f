package control

import "time"

// SocketName is the socket in the service's state folder.
const SocketName = "control.sock"

// version is that of the protocol. Both sides are usually the same program, but
// one may have been replaced while the other ran.
const version = 1

const (
	maxRequest = 64 << 10
	// maxAnswer leaves room for the status of thousands of projects.
	maxAnswer = 16 << 20
	// readFor is how long one side may take to say what it has to.
	readFor = 5 * time.Second
	// answerFor is how long it may take to do what is asked for.
	answerFor = 60 * time.Second
	// maxConnections is how many are served at once; others wait.
	maxConnections = 16
)

// Verb is what a request asks for.
type Verb string

// The verbs.
const (
	Ping       Verb = "ping" // whether anybody is there
	Status     Verb = "status"
	Register   Verb = "register"
	Unregister Verb = "unregister"
	Pause      Verb = "pause"
	Resume     Verb = "resume"
	Approve    Verb = "approve"
	Reject     Verb = "reject"
	Stop       Verb = "stop"
)

// Request is what somebody wants.
type Request struct {
	Do      Verb          `json:"do"`
	Dir     string        `json:"dir,omitempty"`     // the project's folder
	Address string        `json:"address,omitempty"` // what to pause or resume in it; "" for all
	For     time.Duration `json:"for,omitempty"`     // how long to pause; 0 until it is resumed
	Reason  string        `json:"reason,omitempty"`

	Incident string `json:"incident,omitempty"` // to approve or reject what is proposed for it
	Hash     string `json:"hash,omitempty"`     // of the plan that was looked at
}

// Answer is what became of a request.
type Answer struct {
	// Changed says that something is different now.
	Changed bool         `json:"changed,omitempty"`
	Service *Description `json:"service,omitempty"` // for Status
}

// Description is how a service is.
type Description struct {
	PID      int       `json:"pid"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Port     int       `json:"port,omitempty"` // 0 when it listens on none
	URL      string    `json:"url,omitempty"`  // of the status page
	Projects []Project `json:"projects"`
	// Proposals are the plans that wait for a person.
	Proposals []Proposal `json:"proposals,omitempty"`
}

// Proposal is a plan that heals once a person has approved it.
type Proposal struct {
	Incident string `json:"incident"`
	Dir      string `json:"dir"`
	Target   string `json:"target"`
	Rung     string `json:"rung"`
	Plan     string `json:"plan"` // in a line
	Hash     string `json:"hash"`
}

// Project is how a project is.
type Project struct {
	Dir        string   `json:"dir"`
	Name       string   `json:"name,omitempty"`
	Registered bool     `json:"registered"`
	Problems   []string `json:"problems,omitempty"` // why it cannot be monitored as it is
	Paused     string   `json:"paused,omitempty"`   // why nothing is healed in it
	Pauses     []string `json:"pauses,omitempty"`   // addresses at which nothing is healed
	Flapping   []string `json:"flapping,omitempty"` // addresses of what becomes well and fails again and again
	Healthy    int      `json:"healthy"`
	Unhealthy  int      `json:"unhealthy"`
	Unknown    int      `json:"unknown"`
}

type wireRequest struct {
	Version int `json:"version"`
	Request
}

type wireAnswer struct {
	Version int    `json:"version"`
	Error   string `json:"error,omitempty"`
	Answer
}
