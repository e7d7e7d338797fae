package dev.tandem.store.raft.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads a folder that was written when the formats were made. It stays readable: a new format gets a new number, and a folder of
 * its own here. {@code -Dtandem.golden=FOLDER} writes one.
 */
class GoldenTest {
    private static final GroupKey KEY = new GroupKey("tandem-1", 0, 1);
    private static final LogSettings SETTINGS = new LogSettings(300, 1);

    @TempDir
    Path folder;

    @Test
    void folder_ofFormat1_isRead() throws Exception {
        String write = System.getProperty("tandem.golden");
        if (write != null) {
            write(Path.of(write));
        }
        copy(Path.of(GoldenTest.class.getResource("/golden/raft-1").toURI()), folder);
        try (DataFolder data = open(folder)) {
            assertThat(data.identity().cluster()).isEqualTo("golden");
            assertThat(data.value("x")).asString().isEqualTo("a value");
            RecoveredGroup found = data.recover().get(0);
            assertThat(found.key()).isEqualTo(KEY);
            assertThat(found.identity()).asString().isEqualTo("who");
            assertThat(found.term()).isEqualTo(3);
            assertThat(found.vote()).asString().isEqualTo("vote");
            assertThat(found.snapshot().index()).isEqualTo(6);
            assertThat(found.snapshot().members()).asString().isEqualTo("members");
            assertThat(found.mark().index()).isEqualTo(8);
            try (InputStream state = found.openSnapshot()) {
                assertThat(state.readAllBytes()).asString().isEqualTo("the state at 6");
            }
            List<String> entries = new ArrayList<>();
            found.forEachCommitted(entry -> entries.add(text(entry)));
            assertThat(entries).containsExactly("2/7 payload 7", "2/8 payload 8");
            assertThat(found.tail().stream().map(GoldenTest::text)).containsExactly("2/9 payload 9", "3/10 again 10");
        }
    }

    private static String text(Entry entry) {
        return entry.term() + "/" + entry.index() + " " + new String(entry.payload(), StandardCharsets.UTF_8);
    }

    private static DataFolder open(Path folder) throws IOException {
        return DataFolder.open(folder, "golden", 3, Durability.NONE, SETTINGS, failure -> {});
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Path to) throws IOException {
        try (DataFolder data = open(to);
                GroupLog every = data.createGroup(KEY, true)) {
            data.keep("x", bytes("a value"));
            every.identity(bytes("who"));
            every.term(2, null);
            for (int index = 1; index <= 6; index++) {
                every.entry(2, index, bytes("payload " + index));
                every.flush();
            }
            every.snapshot(new Mark(6, 2, bytes("members")), out -> out.write(bytes("the state at 6")));
            every.flush();
        }
        LogSettings seldom = new LogSettings(SETTINGS.segmentBytes(), Long.MAX_VALUE);
        try (DataFolder data = DataFolder.open(to, "golden", 3, Durability.NONE, seldom, failure -> {});
                GroupLog log = data.openGroup(data.recover().get(0), false)) {
            for (int index = 7; index <= 11; index++) {
                log.entry(2, index, bytes("payload " + index));
                log.flush();
            }
            log.snapshot(new Mark(8, 2, bytes("members")), out -> {});
            log.truncate(10);
            log.term(3, bytes("vote"));
            log.entry(3, 10, bytes("again 10"));
            log.flush();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
