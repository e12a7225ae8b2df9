# Two commands: make run, make test. Everything else is for who works on Pantau.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
READY := .venv/ready

help: ## Daftar perintah | this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

run: $(READY) ## Jalankan semuanya: http://127.0.0.1:8050 (PORT=, PUBLIC_PORT=, PANTAU_SIMULATOR=off)
	@exec $(PYTHON) -m runner up

test: $(READY) ## Semua pengujian, kurang dari 15 menit | all tests, under 15 minutes
	@sh tools/packages.sh
	@echo "▶ pytest, 2 proses berdampingan | side by side; paling lama 15 menit | 15 minutes at most"
	@exec $(PYTHON) -m pytest -n 2 -q --durations=10 $(ARGS)

doctor: $(READY) ## Periksa pemasangan dan katakan obatnya | check an installation, say what to do (ARGS=--json)
	@exec $(PYTHON) -m doctor $(ARGS)

lint: $(READY) ## Gaya dan tipe | style and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

bench: $(READY) ## Ukur kecepatan | measure speed
	@for name in "etl --rows 200000" panels freshness; do echo "▶ bench.$$name"; $(PYTHON) -m bench.$$name || exit 1; done

bench-etl: $(READY) ## Ukur pemuatan sejuta baris | measure loading, a million lines (ARGS="--rows 200000 --rounds 1")
	@exec $(PYTHON) -m bench.etl $(ARGS)

bench-walls: $(READY) ## Dari muatan sampai piksel, 20 layar | from the load to the pixels of 20 screens
	@exec $(PYTHON) -m bench.walls $(ARGS)

bench-mayor: $(READY) ## 13.000 ASN dan 2 juta pesanan: halaman wali kota | the mayor's pages, 2 million orders
	@exec $(PYTHON) -m bench.mayor $(ARGS)

bench-epidemic: $(READY) ## Model wabah terhadap wabah yang diketahui | models of an epidemic against known ones (ARGS="--rounds 2")
	@exec $(PYTHON) -m bench.epidemic $(ARGS)

bench-calls: $(READY) ## Prakiraan dan klaster 112 terhadap kebenaran | forecast and clusters of 112 against the truth
	@exec $(PYTHON) -m bench.calls $(ARGS)

bench-unusual: $(READY) ## Apakah yang ditanam ditemukan, tanpa alarm palsu? | are planted surges found? (ARGS="--towns 4")
	@exec $(PYTHON) -m bench.unusual $(ARGS)

attack: $(READY) ## Dapatkah yang tersembunyi dihitung? | can what is hidden be worked out of 20 releases? (ARGS="--releases 6")
	@exec $(PYTHON) -m bench.attack $(ARGS)

bench-public: $(READY) ## Situs publik di samping Dash biasa dan nginx | the public site beside plain Dash and nginx
	@exec $(PYTHON) -m bench.public $(ARGS)

bench-queries: $(READY) ## Setiap halaman atas sepuluh juta baris | every page at ten million rows (ARGS="--orders 1000000")
	@exec $(PYTHON) -m bench.queries $(ARGS)

bench-one-more: $(READY) ## Harga satu panggilan 112 lagi | what one more 112 call costs (ARGS="--sizes 10000 1000000")
	@exec $(PYTHON) -m bench.one_more $(ARGS)

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

.PHONY: help run test doctor lint bench bench-etl bench-walls bench-mayor bench-epidemic bench-calls bench-public bench-unusual \
	bench-queries bench-one-more attack soak fuzz faults lock
