package docker

import "sync"

// claims are the docker_image resources that this process has seen, by what
// they name: the engine does not keep who a tag is for, and the tag must not go
// while another resource has it.
type claims struct {
	mu   sync.Mutex
	made map[string]map[string]*claim // by repository, then by address
}

// claim is that of one resource.
type claim struct {
	ref       imageRef
	image     string // its id
	inherited bool   // from a resource that had pulled or built it, and is gone
}

// add notes that a resource has an image.
func (c *claims) add(address string, ref imageRef, image string) {
	if ref.named == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[string]map[string]*claim{}
	}
	of := c.made[ref.repository()]
	if of == nil {
		of = map[string]*claim{}
		c.made[ref.repository()] = of
	}
	if was := of[address]; was != nil {
		was.ref, was.image = ref, image
		return
	}
	of[address] = &claim{ref: ref, image: image}
}

// drop ends a resource's claim, and tells whether the image is to go: when the
// resource made it, or has inherited it, and nobody else claims it. Otherwise
// the one who does inherits it.
func (c *claims) drop(address string, ref imageRef, image string, made bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.made[ref.repository()]
	if was := of[address]; was != nil {
		made = made || was.inherited
		delete(of, address)
	}
	if !made {
		return false
	}
	for _, other := range of {
		// With the last tag of a repository the engine forgets its digests, too.
		if other.ref.String() == ref.String() || other.image == image && !other.ref.isTag() {
			other.inherited = true
			return false
		}
	}
	return true
}
