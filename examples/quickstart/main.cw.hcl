# A page about a team, and a note for everybody in it. Needs nothing but a
# folder to write to.

locals {
  names = sort(keys(var.people))
}

resource "directory" "site" {
  path = "site"
}

resource "file_template" "index" {
  path     = "${directory.site.path}/index.html"
  template = file("${path.module}/index.html.tmpl")
  vars = {
    team   = var.team
    people = var.people
  }
}

resource "file" "note" {
  for_each = var.people

  description = "What ${each.key} finds on the desk."
  path        = "${directory.site.path}/${each.key}.txt"
  content     = "Good evening, ${title(each.key)}. Your hours are ${each.value.hours}.\n"
}

resource "file" "motd" {
  path    = "${directory.site.path}/motd"
  content = "${var.team}: ${join(" and ", local.names)} on duty.\n"
  mode    = "0640"
}

assert "file_exists" "index" {
  target = file_template.index
}

assert "file_content_matches" "motd" {
  target = file.motd
  regex  = "on duty"
}

assert "condition" "somebody" {
  condition     = length(var.people) > 0
  error_message = "Nobody is on duty."
}
