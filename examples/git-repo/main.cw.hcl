# A checkout that follows a branch, and what must hold of it.

variable "repository" {
  description = "Where the repository is: a URL as git clone takes it, or a path."
  type        = string
  default     = "server/site.git"
}

variable "ref" {
  description = "The branch, tag or full commit id to check out."
  type        = string
  default     = "main"
}

resource "git_repository" "site" {
  url  = var.repository
  ref  = var.ref
  path = "site"
}

assert "git_at_ref" "site" {
  target = git_repository.site
}

assert "git_clean" "site" {
  target = git_repository.site
}

output "commit" {
  description = "What is checked out."
  value       = git_repository.site.commit
}
