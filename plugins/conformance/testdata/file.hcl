# The built-in file provider, tested as a stranger's would be.

resource "file" {
  before = "mkdir -p ${dir}/${name}"
  config {
    path    = "${name}/motd"
    content = "All is well.\n"
    mode    = "0644"
  }
  update {
    content = "All is better.\n"
    mode    = "0600"
  }
  replace {
    path = "${name}/other"
  }
  invalid "mode" {
    mode = "rwx"
  }

  exists = "test -f ${name}/motd"
  drift  = "echo 'Nothing is well.' >${name}/motd"
  remove = ["rm", "${dir}/${name}/motd"]

  foreign = "echo theirs >${name}/motd"
  intact  = "grep -q theirs ${name}/motd"

  import_id = "${name}/motd"
}

resource "file" "secret" {
  config {
    path              = name
    sensitive_content = secret
  }
  exists = "test -f ${name}"
  remove = "rm ${name}"
}

resource "directory" {
  config {
    path = name
  }
  update {
    mode = "0700"
  }
  exists = "test -d ${name}"
  remove = "rmdir ${name}"
}

resource "file_template" {
  config {
    path     = name
    template = "Dear $${who},\n"
    vars     = { who = upper("ada") }
  }
  update {
    vars = { who = "grace" }
  }
  exists = "test -f ${name}"
  drift  = "date >>${name}"
  remove = "rm ${name}"
}

data "file" {
  before = "printf hello >${name}"
  config {
    path = name
  }
  want {
    content = "hello"
    size    = 5
  }
  missing {
    path = "${name}-not"
  }
}

assert "file_exists" {
  resource = "file"
  config {
    mode = "0644"
  }
  invalid "mode" {
    mode = "rwx"
  }
}

assert "file_content_matches" {
  resource = "file"
  config {
    regex = "well"
  }
  break = "echo bad >${name}/motd"
}
