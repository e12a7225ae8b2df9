# Two commands: make run, make test. Everything else is for who works on Pantau.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
READY := .venv/ready

help: ## Daftar perintah | this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

run: $(READY) ## Jalankan semuanya: http://127.0.0.1:8050 (PORT=, PUBLIC_PORT=, PANTAU_SIMULATOR=off)
	@exec $(PYTHON) -m runner up

test: $(READY) ## Semua pengujian, sekitar 15 menit | all tests, about 15 minutes
	@sh tools/packages.sh
	@echo "▶ pytest, 2 proses berdampingan | side by side; sekitar 15 menit | about 15 minutes"
	@exec $(PYTHON) -m pytest -n 2 -q --durations=10 $(ARGS)

doctor: $(READY) ## Periksa pemasangan dan katakan obatnya | check an installation, say what to do (ARGS=--json)
	@exec $(PYTHON) -m doctor $(ARGS)

lint: $(READY) ## Gaya dan tipe | style and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

bench: $(READY) ## Ukur semuanya, berjam-jam | measure everything, for hours (ARGS="panels pages": some)
	@exec $(PYTHON) -m bench $(ARGS)

bench-%: $(READY) ## Satu ukuran | one measurement of bench/, with its figure (make bench-etl ARGS="--rows 200000")
	@exec $(PYTHON) -m bench.$* $(ARGS)

attack: $(READY) ## Dapatkah yang tersembunyi dihitung? | can what is hidden be worked out of 20 releases? (ARGS="--releases 6")
	@exec $(PYTHON) -m bench.attack $(ARGS)

soak: $(READY) ## Sehari dinding dalam hitungan menit | a day of a wall in minutes (ARGS="--turns 200 --updates 2000")
	@exec $(PYTHON) -m bench.soak $(ARGS)

fuzz: $(READY) ## 10.000 berkas rusak lewat semua pembaca | 10,000 damaged files through all readers
	@exec $(PYTHON) -m tests.fuzz $(ARGS)

faults: $(READY) ## Bunuh proses dan gudang data di setiap langkah | kill processes and the database at every step
	@exec $(PYTHON) -m tests.faults $(ARGS)

lock: $(READY) ## Kunci versi lagi | lock the versions again
	$(PYTHON) -m uv pip compile requirements.in --output-file requirements.txt --python-version 3.11 --universal \
	  --no-header --no-emit-index-url --no-emit-find-links

$(READY): requirements.txt tools/setup.sh
	@sh tools/setup.sh

.PHONY: help run test doctor lint bench attack soak fuzz faults lock
