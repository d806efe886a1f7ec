# One short target per job, the same for people and CI; the work is in .ci/.
.DEFAULT_GOAL := help
.PHONY: help doctor demo test lint bench bench-quick bench-counts bench-server mutants fuzz fuzz-contract soak simulate simulate-selftest aar xcframework sample ios-sample

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-18s %s\n", $$1, $$2}'

doctor: ## what is installed, what is missing, and how to get it
	@.ci/doctor

demo: ## two phones, one backend, bad days: the whole thing in half a minute
	@.ci/demo

test: ## everything: Rust, Kotlin on the JVM, Swift
	@.ci/test

lint: ## formatting, clippy, the rules of the house, licences
	@.ci/lint

# Of the core, where it is measured.
FEATURES = encryption
bench: ## how fast it is, each figure beside its limit, plain and encrypted (plain alone, without OpenSSL: FEATURES=)
	@cargo bench -p foodlens-core --features "$(FEATURES)" -- $(ARGS)
	@bindings/scripts/kotlin-bench || [ $$? -eq 77 ]
	@bindings/scripts/swift-bench || [ $$? -eq 77 ]
	@bindings/scripts/library-size || [ $$? -eq 77 ]

bench-quick: ## the same in two minutes: fewer rounds, without what takes long (one of them: ARGS=write)
	@FOODLENS_BENCH_QUICK=1 cargo bench -p foodlens-core --features "$(FEATURES)" -- $(ARGS)

bench-counts: ## instructions of the hot paths beside the kept ones, which times are too noisy for (meant: ARGS=--keep)
	@core/benches/counts/run $(ARGS)

aar: ## the Android library, plain (both: FLAVOURS="plain encrypted"); without an NDK with this machine's library
	@bindings/scripts/android-aar

xcframework: ## the library for Swift, plain (FLAVOUR=encrypted); without Xcode the device's slice alone, to check it
	@bindings/scripts/xcframework

sample: ## the Android sample's view models and screens, on the JVM (after a change of the screens: ARGS=--update)
	@android-sample/scripts/check $(ARGS)

ios-sample: ## the iOS sample's screen models, strings and project; its views are compiled by Xcode alone
	@ios-sample/scripts/check

bench-server: ## what the reference server carries, over SQLite and PostgreSQL, by 1, 8 and 64 clients
	@cargo bench -p foodlens-server --bench load -- $(ARGS)

mutants: ## changes the core's decisions in a thousand places: who notices? Hours; a part with ARGS="--shard 1/8"
	@core/tests/mutants/run $(ARGS)

fuzz: ## libFuzzer on everything that is parsed, MINUTES=5 in all
	@MINUTES=$(MINUTES) tests/fuzz/run

MINUTES = 5
fuzz-contract: ## strange requests against the contract's own file for MINUTES=5, others each time
	@tests/contract/scripts/fuzz --minutes $(MINUTES)

soak: ## real processes, real HTTP, real kills for MINUTES=5
	@cargo build -q -p foodlens-server -p foodlens-scenarios --bins
	@cargo run -q -p foodlens-scenarios --bin foodlens-soak -- --minutes $(MINUTES)

# A short run in the build that the tests have anyway; many seeds, or one again, in an optimised one.
simulate: ## bad days from numbers (SEEDS=100000 of them, FROM=1; one again: SEED=42), with a report as a page
	@cargo run -q -p foodlens-simulation $(if $(SEEDS)$(SEED),--profile simulation) --bin foodlens-simulation -- \
		$(if $(SEED),replay --seed $(SEED),run --seeds $(or $(SEEDS),48) --from $(or $(FROM),1))

simulate-selftest: ## whether the simulation catches a core that is broken on purpose, in each of the ways it knows
	@cargo run -q --profile simulation -p foodlens-simulation --features sabotage --bin simulation-selftest -- $(ARGS)
