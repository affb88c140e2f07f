package docker

import (
	"slices"
	"sync"
)

// claims are the docker_image resources that this process has seen, by what
// they name: the engine does not keep who a tag is for, and the tag must not go
// while another resource has it.
type claims struct {
	mu   sync.Mutex
	made map[string]map[string]*claim // by repository, then by address
}

// claim is that of one resource.
type claim struct {
	ref   imageRef
	image string // its id
	// inherited is what goes with it: names that were pulled or built for
	// resources that are gone.
	inherited []imageRef
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

// drop ends a resource's claim, and returns the names that are to go: its own,
// if the resource made it, and those that it has inherited, unless somebody
// else claims the image. Then that one inherits them.
func (c *claims) drop(address string, ref imageRef, image string, made bool) []imageRef {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gone []imageRef
	of := c.made[ref.repository()]
	if was := of[address]; was != nil {
		gone = was.inherited
		delete(of, address)
	}
	if made {
		gone = append(gone, ref)
	}
	return slices.DeleteFunc(gone, func(name imageRef) bool {
		for _, other := range of {
			// With the last tag of a repository the engine forgets its digests, too.
			if other.ref.String() == name.String() || other.image == image && !other.ref.isTag() {
				other.inherited = append(other.inherited, name)
				return true
			}
		}
		return false
	})
}
