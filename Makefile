# The commands of the README. All they need beyond Python, make and git they install below this folder.
PYTHON ?= python3
TOX := .venv/bin/tox

.PHONY: test demo demo-smtp
test: $(TOX)
	$(TOX)

demo: $(TOX)
	@$(TOX) run -q -q -e demo --notest >&2
	@PYTHONPATH=.:src:lib .tox/demo/bin/python -m playground.demo $(ARGS)

demo-smtp: $(TOX)
	@$(TOX) run -q -q -e smtp --notest >&2
	@cd smtp-integrator && ../.tox/smtp/bin/python demo.py $(ARGS)

# What ./play runs on.
.tox/playground/ready: $(TOX) tox.ini pyproject.toml requirements.txt
	@echo 'setting up the playground ...' >&2
	@$(TOX) run -q -q -e playground --notest >&2 || { echo 'the playground could not be set up: the first run needs the network' >&2; exit 1; }
	@touch $@

$(TOX): Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo 'Python 3.10 or newer is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { echo 'Python cannot make virtual environments here: on Debian and Ubuntu run `apt install python3-venv`' >&2; exit 1; }
	@.venv/bin/pip --quiet --disable-pip-version-check install 'tox~=4.22' 'tox-uv~=1.20' || { rm -rf .venv; echo 'tox could not be installed: the first run needs the network' >&2; exit 1; }
	@touch $@
