package dev.tandem.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is not a whole backup of a format that is known is refused, in a sentence that says what to do. */
class BackupFileTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/backup.1.hex");
    private static final int LINE = 64;
    private static final int FILE_START = 12;

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final BackupCalls backups = new BackupCalls(vertx);
    private final ReferenceTaskStore store = new ReferenceTaskStore(vertx);
    private byte[] file;

    /** One of each kind, in two namespaces. */
    @BeforeEach
    void export() {
        StoreCalls calls = new StoreCalls(vertx, store, clock, "default");
        calls.request("request-1", Tasks.create("first"));
        clock.advanceMillis(5);
        calls.apply(Tasks.fanOut("second", "n1", "n2"));
        calls.apply(Tasks.report("second", "n1", TaskState.FAILED));
        calls.apply(Tasks.create("third"));
        calls.delete("third");
        calls.claimOne("worker");
        calls.grant(new Verb.AcquireLease("reports", "pod-1", 30_000));
        calls.in("other").apply(Tasks.create("elsewhere"));
        file = backups.export(store);
    }

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    private static void assertRefused(byte[] bytes, String... words) {
        assertThatThrownBy(() -> BackupCalls.check(bytes))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(BackupException.Kind.BAD_FILE))
                .message()
                .contains(words)
                .hasLineCount(1);
    }

    /** Where the frames begin, and where the file ends. */
    private static List<Integer> bounds(byte[] file) {
        List<Integer> bounds = new ArrayList<>();
        int at = FILE_START;
        while (at < file.length) {
            bounds.add(at);
            at += FrameFormat.HEAD_BYTES + ByteBuffer.wrap(file).getInt(at);
        }
        bounds.add(at);
        assertThat(at).isEqualTo(file.length);
        return bounds;
    }

    /**
     * A file that is written must be read by every later version. If this fails, a change has changed the format: that takes a new
     * format number, with the old one still read. {@code -Dtandem.golden=write} writes the file if it is missing.
     */
    @Test
    void backup_writtenNow_hasTheBytesThatItAlwaysHad() throws IOException {
        String hex = HexFormat.of().formatHex(file).replaceAll("(.{" + LINE + "})(?=.)", "$1\n") + "\n";
        if ("write".equals(System.getProperty("tandem.golden")) && Files.notExists(GOLDEN)) {
            Files.createDirectories(GOLDEN.getParent());
            Files.writeString(GOLDEN, hex);
        }

        String golden = Files.readString(GOLDEN);

        assertThat(hex).isEqualTo(golden);
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);
        backups.restore(HexFormat.of().parseHex(golden.replaceAll("\\s", "")), target);
        for (String namespace : List.of("default", "other")) {
            assertThat(new StoreCalls(vertx, target, clock, namespace).scanAll())
                    .isNotEmpty()
                    .isEqualTo(new StoreCalls(vertx, store, clock, namespace).scanAll());
        }
    }

    @Test
    void file_withABitTurnedAnywhere_isRefused() {
        for (int at = 0; at < file.length; at++) {
            byte[] damaged = file.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            assertThatThrownBy(() -> BackupCalls.check(damaged))
                    .as("byte %s of %s", at, file.length)
                    .isInstanceOf(BackupException.class)
                    .message()
                    .hasLineCount(1);
        }
    }

    @Test
    void file_withRandomBytesSomewhere_isRefused() {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = file.clone();
            byte[] noise = new byte[1 + random.nextInt(40)];
            random.nextBytes(noise);
            int at = random.nextInt(file.length);
            System.arraycopy(noise, 0, damaged, at, Math.min(noise.length, file.length - at));
            if (!Arrays.equals(damaged, file)) {
                assertThatThrownBy(() -> BackupCalls.check(damaged))
                        .as("-Dtandem.seed=%s, byte %s", seed, at)
                        .isInstanceOf(BackupException.class);
            }
        }
    }

    @Test
    void file_cutAnywhere_isRefused() {
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> BackupCalls.check(cut))
                    .as("%s bytes of %s", length, file.length)
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("ends too early");
        }
    }

    @Test
    void file_withMoreBehindItsEnd_isRefused() {
        assertRefused(Arrays.copyOf(file, file.length + 1), "damaged", "behind its end");
    }

    @Test
    void file_withAnyFrameMissingTwiceOrSwapped_isRefused() {
        List<Integer> bounds = bounds(file);
        assertThat(bounds).as("frames").hasSizeGreaterThan(8);
        for (int i = 0; i + 1 < bounds.size(); i++) {
            int from = bounds.get(i);
            int to = bounds.get(i + 1);
            byte[] before = Arrays.copyOf(file, from);
            byte[] frame = Arrays.copyOfRange(file, from, to);
            byte[] behind = Arrays.copyOfRange(file, to, file.length);

            if (behind.length > 0) {
                assertRefused(join(before, behind), "damaged");
            }
            assertRefused(join(before, frame, frame, behind), "damaged");
            if (i + 2 < bounds.size() && !isRecords(frame, behind)) {
                int second = bounds.get(i + 2) - to;
                byte[] next = Arrays.copyOf(behind, second);
                byte[] rest = Arrays.copyOfRange(behind, second, behind.length);
                assertRefused(join(before, next, frame, rest), "damaged");
            }
        }
    }

    /** Of which the order does not matter. */
    private static boolean isRecords(byte[] one, byte[] other) {
        return one[FrameFormat.HEAD_BYTES] == Frame.RECORDS && other[FrameFormat.HEAD_BYTES] == Frame.RECORDS;
    }

    private static byte[] join(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer all = ByteBuffer.allocate(length);
        Arrays.stream(parts).forEach(all::put);
        return all.array();
    }

    @Test
    void file_damagedBehindItsMiddle_isImportedUpToThere() {
        byte[] damaged = file.clone();
        damaged[file.length - 1] ^= 1;
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);

        assertThatThrownBy(() -> backups.restore(damaged, target)).hasMessageContaining("damaged");

        // What can be read twice is therefore checked first.
        assertThat(new StoreCalls(vertx, target, clock, "other").scanAll()).hasSize(1);
    }

    @Test
    void file_ofANewerFormat_isRefusedWithBothNumbers() {
        byte[] newer = file.clone();
        newer[FILE_START - 1] = 9;

        assertRefused(newer, "format 9", "format 1", "use the version that made it, or a newer one");
    }

    @Test
    void file_withWhatANewerVersionWrites_isRefused() {
        FrameWriter writer = new FrameWriter();
        byte[] header = writer.header(new Frame.Header(1, "9.0", "", List.of())).getBytes();
        byte[] trailer = writer.trailer().getBytes();
        trailer[FrameFormat.HEAD_BYTES] = 77;
        int length = trailer.length - FrameFormat.HEAD_BYTES;
        ByteBuffer head = ByteBuffer.wrap(trailer);
        head.putInt(length).putInt(FrameFormat.checksum(trailer, FrameFormat.HEAD_BYTES, length));
        head.putInt(FrameFormat.checksum(trailer, 0, 2 * Integer.BYTES));

        assertRefused(join(header, trailer), "unknown type 77", "the version of Tandem that made it, or a newer one");
    }

    @Test
    void file_ofAnotherKind_isRefused() {
        assertRefused("SQLite format 3 and more".getBytes(StandardCharsets.UTF_8), "no backup that Tandem has made");
        assertRefused(new byte[5], "no backup that Tandem has made");
    }

    @Test
    void file_withARecordOfAnotherNamespace_isRefusedWithoutIt() {
        FrameWriter writer = new FrameWriter();
        StoreCalls calls = new StoreCalls(vertx, store, clock, "default");
        byte[] foreign = join(
                writer.header(new Frame.Header(1, "1", "", List.of("mine"))).getBytes(),
                writer.begin(new Frame.Begin("mine", 1, 1)).getBytes(),
                writer.records(List.of(calls.get("first")), 0).frame().getBytes());
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);

        assertThatThrownBy(() -> backups.restore(foreign, target, Set.of(), false))
                .hasMessageContaining("another namespace within mine");
        assertThat(new StoreCalls(vertx, target, clock, "mine").scanAll()).isEmpty();
    }
}
