package dev.tandem.store.raft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Does whatever Raft may do to a log, at random, cuts the power at a random step, and compares what is found with a model:
 * all that was flushed is there, and what was not is there as a whole or not at all.
 *
 * <p>{@code -Dtandem.seed=N} runs one seed again.
 */
class CrashTest {
    private static final Path FOLDER = Path.of("/group");
    private static final GroupKey KEY = new GroupKey("g", 0, 1);
    private static final int ROUNDS = 6;
    private static final int STEPS = 60;
    private static final int SEEDS = 500;
    private static final int SEEDS_LONG = 20_000;

    @Test
    void powerCut_atAnyStep_losesNothingThatWasFlushed() throws Exception {
        forSeeds(SEEDS, seed -> new Run(seed).crashes(true));
    }

    @Test
    void failure_atAnyStep_endsTheLogAndLosesNothingThatWasFlushed() throws Exception {
        forSeeds(SEEDS / 2, seed -> new Run(seed).crashes(false));
    }

    @Test
    void flippedBit_anywhere_isRefusedOrWasTheLastWrite() throws Exception {
        forSeeds(SEEDS / 2, seed -> new Run(seed).flips());
    }

    @Test
    @Tag("long")
    void powerCut_manySeeds_losesNothingThatWasFlushed() throws Exception {
        forSeeds(SEEDS_LONG, seed -> new Run(seed).crashes(true));
        forSeeds(SEEDS_LONG, seed -> new Run(seed).flips());
    }

    @Test
    void planted_diskThatForgetsFiles_isFound() {
        assertThatThrownBy(() -> forSeeds(SEEDS, seed -> {
                    Run run = new Run(seed);
                    run.disk.forgetsFiles = true;
                    return run.crashes(true);
                }))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void planted_diskThatForgetsFolders_isFound() {
        assertThatThrownBy(() -> forSeeds(SEEDS, seed -> {
                    Run run = new Run(seed);
                    run.disk.forgetsFolders = true;
                    return run.crashes(true);
                }))
                .isInstanceOf(AssertionError.class);
    }

    private interface Trial {
        String run(long seed) throws Exception;
    }

    private static void forSeeds(int count, Trial trial) throws Exception {
        Long only = Long.getLong("tandem.seed");
        long first = only != null ? only : System.nanoTime();
        for (long seed = first; seed < first + (only != null ? 1 : count); seed++) {
            String wrong;
            try {
                wrong = trial.run(seed);
            } catch (Exception | Error e) {
                throw new AssertionError("seed " + seed + " (-Dtandem.seed=" + seed + "): " + e, e);
            }
            assertThat(wrong).as("seed %d (-Dtandem.seed=%d)", seed, seed).isNull();
        }
    }

    private static final class Run {
        private final Random random;
        private final SimulatedDisk disk;
        private final LogModel model = new LogModel();
        private final List<Runnable> background = new ArrayList<>();
        private final List<IOException> failures = new ArrayList<>();
        private final LogSettings settings;
        private GroupLog log;
        private boolean flushing;

        Run(long seed) {
            random = new Random(seed);
            disk = new SimulatedDisk(random);
            disk.makeFolder(FOLDER);
            settings = new LogSettings(200 + random.nextInt(3_000), random.nextInt(3) == 0 ? 0 : random.nextInt(2_000));
        }

        private RecoveredGroup open() throws IOException {
            background.clear();
            failures.clear();
            LogRecovery recovery = LogRecovery.read(disk, FOLDER);
            return new RecoveredGroup(disk, FOLDER, KEY, recovery, new byte[] {1});
        }

        private void goOn(RecoveredGroup found) throws IOException {
            log = GroupLog.open(disk, FOLDER, settings, background::add, failures::add, found.recovery());
            if (found.recovery().identity == null) {
                log.identity(new byte[] {1});
            }
        }

        String crashes(boolean powerCut) throws IOException {
            goOn(open());
            for (int round = 0; round < ROUNDS; round++) {
                disk.failAfter(random.nextInt(STEPS * 2), powerCut);
                boolean failed = false;
                try {
                    for (int step = 0; step < STEPS; step++) {
                        step();
                    }
                } catch (SimulatedDisk.PowerCut e) {
                    failed = true;
                } catch (IOException e) {
                    failed = true;
                    if (failures.isEmpty()) {
                        return "nobody was told of " + e;
                    }
                    String refused = stillWrites();
                    if (refused != null) {
                        return refused;
                    }
                }
                if (powerCut) {
                    disk.restart();
                } else {
                    disk.goOn();
                }
                RecoveredGroup found = open();
                String wrong = model.compare(found, failed && flushing);
                if (wrong != null) {
                    return wrong + " (round " + round + ")";
                }
                flushing = false;
                goOn(found);
            }
            return null;
        }

        /** After a failure, nothing more may come to the disk. */
        private String stillWrites() throws IOException {
            disk.goOn();
            int before = disk.forces;
            try {
                log.flush();
                return "flushed after a failure";
            } catch (IOException e) {
                return disk.forces == before ? null : "wrote after a failure";
            }
        }

        private void step() throws IOException {
            int kind = random.nextInt(20);
            if (kind < 9) {
                append();
            } else if (kind < 14) {
                flush();
            } else if (kind == 14) {
                truncate();
            } else if (kind == 15) {
                term();
            } else if (kind < 18) {
                ownState();
            } else if (kind == 18 && random.nextInt(3) == 0) {
                stateOfOther();
            } else if (!background.isEmpty()) {
                background.remove(0).run();
                if (!failures.isEmpty()) {
                    // The log itself is sound; whoever was told ends the member.
                    throw new SimulatedDisk.PowerCut();
                }
            }
        }

        private void append() throws IOException {
            byte[] payload = new byte[random.nextInt(random.nextInt(10) == 0 ? 2_000 : 60)];
            random.nextBytes(payload);
            LogModel.Version now = model.now;
            int term = Math.max(now.term, now.termAt(now.last()));
            Entry entry = new Entry(term, now.last() + 1, payload);
            now.entries.put(entry.index(), entry);
            log.entry(term, entry.index(), payload);
        }

        private void flush() throws IOException {
            flushing = true;
            log.flush();
            flushing = false;
            model.flushed = model.now.copy();
        }

        private void truncate() throws IOException {
            LogModel.Version now = model.now;
            if (now.last() <= model.committed) {
                return;
            }
            long from = model.committed + 1 + random.nextInt((int) (now.last() - model.committed));
            if (!now.entries.containsKey(from)) {
                return;
            }
            now.entries.tailMap(from, true).clear();
            // Another leader, so another term: only then are entries taken back.
            log.truncate(from);
            term();
        }

        private void term() throws IOException {
            LogModel.Version now = model.now;
            now.term++;
            now.vote = random.nextInt(3);
            flushing = true;
            log.term(now.term, now.vote == 0 ? null : bytes(now.vote));
            flushing = false;
            model.flushed = model.now.copy();
        }

        private void ownState() throws IOException {
            LogModel.Version now = model.now;
            if (now.last() <= model.committed || now.last() <= now.base) {
                return;
            }
            long index = model.committed + 1 + random.nextInt((int) (now.last() - model.committed));
            if (!now.entries.containsKey(index)) {
                return;
            }
            model.committed = index;
            state(index, now.termAt(index), now.hashAt(index));
        }

        /** A state that another member sent, because this one has fallen behind or has entries that never were committed. */
        private void stateOfOther() throws IOException {
            LogModel.Version now = model.now;
            now.term++;
            now.vote = 0;
            flushing = true;
            log.term(now.term, null);
            model.flushed = model.now.copy();
            long index = model.committed + 1 + random.nextInt(20);
            long hash = random.nextLong();
            Mark mark = mark(index, now.term);
            CompletableFuture<ReceivedSnapshot> received = log.receive(mark, out -> out.write(bytes(hash)));
            while (!background.isEmpty()) {
                background.remove(0).run();
            }
            if (!failures.isEmpty()) {
                throw new SimulatedDisk.PowerCut();
            }
            if (random.nextInt(4) == 0) {
                log.discard(received.join());
                flushing = false;
                return;
            }
            model.committed = index;
            now.base = index;
            now.baseHash = hash;
            now.entries.headMap(index, true).clear();
            model.handOut(index, hash);
            log.install(received.join());
            flushing = false;
            model.flushed = model.now.copy();
        }

        private static Mark mark(long index, int term) {
            return new Mark(index, term, new byte[] {7});
        }

        private void state(long index, int term, long hash) throws IOException {
            model.handOut(index, hash);
            log.snapshot(mark(index, term), out -> out.write(bytes(hash)));
        }

        private static byte[] bytes(long value) {
            return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
        }

        String flips() throws IOException {
            goOn(open());
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            flush();
            List<String> names = disk.list(FOLDER);
            Path file = FOLDER.resolve(names.get(random.nextInt(names.size())));
            SimulatedDisk damaged = disk.copy();
            boolean lastWrite = damaged.flip(file);
            boolean tail = lastWrite
                    && file.toString().contains("/log-")
                    && names.stream()
                            .noneMatch(name -> name.startsWith("log-")
                                    && name.compareTo(file.getFileName().toString()) > 0);
            try {
                LogRecovery recovery = LogRecovery.read(damaged, FOLDER);
                RecoveredGroup found = new RecoveredGroup(damaged, FOLDER, KEY, recovery, new byte[] {1});
                String wrong = model.compare(found, false);
                // What was written last may have been cut off: a crash could have left it like that.
                boolean same = wrong == null && !file.toString().contains("/log-");
                return tail || same ? null : "not seen in " + file + ": " + wrong;
            } catch (DataFolderException e) {
                return e.getMessage().contains(file.toString()) ? null : "another file is named: " + e.getMessage();
            }
        }
    }
}
