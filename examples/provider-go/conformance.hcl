# Cases for the conformance suite. name is unique for each object, and commands
# run in the folder of the project.

resource "properties_entry" {
  before = "printf '# not ours\\nother = kept\\n' >${name}.properties"

  config {
    file  = "${name}.properties"
    key   = "port"
    value = "80"
  }
  update {
    value = "a = b"
  }
  replace {
    key = "portal"
  }
  invalid "key" {
    key = "a=b"
  }
  invalid "value" {
    value = "8\n0"
  }

  # Whatever is done, what is not ours stays.
  exists  = "grep -q '^other = kept$' ${name}.properties || exit 2; grep -q '^port *=' ${name}.properties"
  drift   = "sed -i.old 's/^port.*/port=81/' ${name}.properties"
  remove  = "sed -i.old '/^port/d' ${name}.properties"
  foreign = "echo 'port = theirs' >>${name}.properties"
  intact  = "grep -q '^port = theirs$' ${name}.properties"

  import_id = "${name}.properties#port"
}

resource "properties_entry" "secret" {
  config {
    file   = "${name}.properties"
    key    = "password"
    secret = secret
  }
  update {
    secret = "another-${secret}"
  }
  invalid "secret" {
    secret = "${secret}\n"
  }
  remove = "rm ${name}.properties"
}

data "properties_file" {
  before = "printf '# a comment = no entry\\na = 1\\nb=2\\n' >${name}.properties"
  config {
    file = "${name}.properties"
  }
  want {
    entries = { a = "1", b = "2" }
  }
  missing {
    file = "${name}.missing"
  }
}

assert "entry_is" {
  resource = "properties_entry"
}

assert "entry_is" "another" {
  resource = "properties_entry"
  config {
    value = "80"
  }
  break = "sed -i.old 's/^port.*/port=81/' ${name}.properties"
}

upgrade "properties_entry" {
  version = 0
  state   = jsonencode({ file = "a", name = "port", value = "80", path = "/a" })
  want {
    file  = "a"
    key   = "port"
    value = "80"
    path  = "/a"
  }
}
