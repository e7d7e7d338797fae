package dev.tandem.store.raft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of members that have stopped: read as they are, or refused, and never changed. */
class StoppedFolderTest {
    private static final GroupKey KEY = new GroupKey("tandem-1", 0, 1);
    private static final int ENTRIES = 100;

    @TempDir
    Path parent;

    private static DataFolder start(Path folder) throws IOException {
        return DataFolder.open(
                folder, "tandem", 3, Durability.FSYNC, new LogSettings(2_000, Long.MAX_VALUE), failure -> {});
    }

    private Path folder() {
        return parent.resolve("data");
    }

    /** A folder with a group of some entries in a few segments, the first half of them committed. */
    private Path fill(Path folder) throws IOException {
        try (DataFolder data = start(folder);
                GroupLog log = data.createGroup(KEY, false)) {
            log.identity(new byte[] {1, 2});
            log.term(4, new byte[] {3});
            for (int index = 1; index <= ENTRIES; index++) {
                log.entry(index <= 10 ? 3 : 4, index, new byte[50]);
                log.flush();
                if (index == ENTRIES / 2) {
                    log.snapshot(new Mark(index, 4, new byte[] {5}), out -> {});
                }
            }
        }
        return folder;
    }

    private static Path lastSegment(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(KEY.folder()))) {
            return files.filter(file -> file.getFileName().toString().startsWith("log-"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    private static Map<Path, Object> content(Path folder) throws IOException {
        Map<Path, Object> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                content.put(
                        file,
                        List.of(
                                Files.getLastModifiedTime(file),
                                Files.isDirectory(file) ? "" : Arrays.toString(Files.readAllBytes(file))));
            }
        }
        return content;
    }

    private static RecoveredGroup only(StoppedFolder folder) throws IOException {
        List<RecoveredGroup> groups = folder.groups();
        assertThat(groups).hasSize(1);
        return groups.get(0);
    }

    private static long count(RecoveredGroup group) throws IOException {
        long[] count = new long[1];
        group.forEachEntry(entry -> assertThat(entry.index()).isEqualTo(++count[0]));
        return count[0];
    }

    @Test
    void open_folderOfAStoppedMember_isReadAndUnchanged() throws Exception {
        Path folder = fill(folder());
        Map<Path, Object> before = content(folder);
        try (StoppedFolder stopped = StoppedFolder.open(folder)) {
            assertThat(stopped.path()).isEqualTo(folder.toRealPath());
            assertThat(stopped.identity().cluster()).isEqualTo("tandem");
            RecoveredGroup group = only(stopped);
            assertThat(group.key()).isEqualTo(KEY);
            assertThat(group.lastTerm()).isEqualTo(4);
            assertThat(group.lastIndex()).isEqualTo(ENTRIES);
            assertThat(group.mark().index()).isEqualTo(ENTRIES / 2);
            assertThat(count(group)).isEqualTo(ENTRIES);
        }
        assertThat(content(folder)).isEqualTo(before);
    }

    @Test
    void open_groupThatEndsAtItsMark_hasTheMarksTerm() throws Exception {
        try (DataFolder data = start(folder());
                GroupLog log = data.createGroup(KEY, true)) {
            log.identity(new byte[] {1});
            log.snapshot(new Mark(70, 5, new byte[0]), out -> out.write(1));
            log.flush();
        }
        try (StoppedFolder stopped = StoppedFolder.open(folder())) {
            RecoveredGroup group = only(stopped);
            assertThat(group.lastTerm()).isEqualTo(5);
            assertThat(group.lastIndex()).isEqualTo(70);
        }
    }

    @Test
    void open_whatACrashLeft_doesNotCountAndStaysWhereItIs() throws Exception {
        Path folder = fill(folder());
        Path last = lastSegment(folder);
        byte[] bytes = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(bytes, bytes.length - 7));
        Files.writeString(folder.resolve(KEY.folder()).resolve("snapshot-0000000000000000090.tmp"), "half of");
        long number = Segment.numberIn(last.getFileName().toString());
        Map<Path, Object> before = content(folder);
        try (StoppedFolder stopped = StoppedFolder.open(folder)) {
            assertThat(count(only(stopped))).isEqualTo(ENTRIES - 1);
        }
        assertThat(content(folder)).isEqualTo(before);

        Files.write(last, bytes);
        Files.write(new Segment(folder.resolve(KEY.folder()), number + 1, 0, 0).file, new byte[3]);
        Map<Path, Object> withSegment = content(folder);
        try (StoppedFolder stopped = StoppedFolder.open(folder)) {
            assertThat(count(only(stopped))).isEqualTo(ENTRIES);
        }
        assertThat(content(folder)).isEqualTo(withSegment);

        // A member goes on with it, and tidies up.
        try (DataFolder data = start(folder);
                GroupLog log = data.openGroup(data.recover().get(0), false)) {
            assertThat(log.status().lastIndex()).isEqualTo(ENTRIES);
        }
        assertThat(content(folder).keySet()).noneMatch(file -> file.toString().endsWith(".tmp"));
    }

    @Test
    void open_memberUsesIt_isRefusedUntilItHasStopped() throws Exception {
        Path folder = fill(folder());
        try (DataFolder running = start(folder)) {
            assertThat(running.recover()).hasSize(1);
            assertThatThrownBy(() -> StoppedFolder.open(folder))
                    .isInstanceOf(DataFolderException.class)
                    .hasMessage(folder.toRealPath() + " is in use in this process, or named twice");
        }
        StoppedFolder.open(folder).close();
        start(folder).close();
    }

    @Test
    void open_memberInAnotherProcessUsesIt_isRefusedUntilItHasEnded() throws Exception {
        Path folder = fill(folder());
        Process member = process(folder);
        try {
            assertThat(member.inputReader().readLine()).isEqualTo("has it");
            assertThatThrownBy(() -> StoppedFolder.open(folder))
                    .isInstanceOf(DataFolderException.class)
                    .hasMessage(folder.toRealPath() + " is in use by another process (pid " + member.pid()
                            + "); stop that member first");
        } finally {
            member.destroyForcibly().waitFor();
        }
        StoppedFolder.open(folder).close();
    }

    @Test
    void open_isRead_keepsMembersOut() throws Exception {
        Path folder = fill(folder());
        try (StoppedFolder stopped = StoppedFolder.open(folder)) {
            assertThat(stopped.groups()).hasSize(1);
            Process member = process(folder);
            assertThat(member.inputReader().readLine()).contains("is in use by another process");
            assertThat(member.waitFor()).isZero();
        }
        start(folder).close();
    }

    /** A process that takes a folder, or says why it can't. */
    private static Process process(Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Has a folder as long as it runs. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (DataFolder data = start(Path.of(args[0]))) {
                System.out.println(data.identity().groups() == 3 ? "has it" : "has another one");
                int end = System.in.read();
                assertThat(end).isNegative();
            } catch (DataFolderException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void open_copyWithoutALock_isReadAndGetsNone() throws Exception {
        Path folder = fill(folder());
        Files.delete(folder.resolve("LOCK"));
        try (StoppedFolder stopped = StoppedFolder.open(folder)) {
            assertThat(count(only(stopped))).isEqualTo(ENTRIES);
        }
        assertThat(folder.resolve("LOCK")).doesNotExist();
    }

    @Test
    void open_mountedForReadingOnly_isRead() throws Exception {
        Path disk = Files.createDirectory(parent.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk), "mounting is not allowed");
        try {
            Path folder = fill(disk.resolve("data"));
            assertThat(run("mount", "-o", "remount,ro", disk)).isTrue();
            assertThatThrownBy(() -> start(folder)).hasMessageContaining("may only be read");
            try (StoppedFolder stopped = StoppedFolder.open(folder)) {
                assertThat(count(only(stopped))).isEqualTo(ENTRIES);
            }
        } finally {
            run("umount", disk);
        }
    }

    private static boolean run(Object... command) throws Exception {
        List<String> words = Arrays.stream(command).map(Object::toString).toList();
        return new ProcessBuilder(words).start().waitFor() == 0;
    }

    @Test
    void open_notAMembersFolder_isRefusedAndUnchanged() throws Exception {
        assertThatThrownBy(() -> StoppedFolder.open(parent.resolve("nowhere")))
                .isInstanceOf(DataFolderException.class)
                .hasMessageEndingWith("nowhere does not exist. Name the folder that the member was started with");
        Path file = Files.writeString(parent.resolve("file"), "dear");
        assertThatThrownBy(() -> StoppedFolder.open(file)).hasMessageContaining("file is not a folder");
        Path letters = Files.createDirectory(parent.resolve("letters"));
        Files.writeString(letters.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> StoppedFolder.open(letters))
                .hasMessageContaining("letters has no file meta and is not a member's data folder");
        assertThat(content(letters)).hasSize(2);
    }

    @Test
    void open_newerFormat_isRefused() throws Exception {
        Path meta = fill(folder()).resolve("meta");
        byte[] bytes = Files.readAllBytes(meta);
        bytes[11]++;
        Files.write(meta, bytes);
        assertThatThrownBy(() -> StoppedFolder.open(folder()))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining(
                        "meta has format 2; this version knows 1 at most. Start the version that wrote it");
        // It is not kept, either.
        bytes[11]--;
        Files.write(meta, bytes);
        start(folder()).close();
    }

    @Test
    void groups_damagedInTheMiddleOrMissing_areRefusedWithWhatIsWrong() throws Exception {
        Path group = fill(folder()).resolve(KEY.folder());
        Path first = group.resolve("log-0000000000000001");
        byte[] bytes = Files.readAllBytes(first);
        bytes[200]++;
        Files.write(first, bytes);
        assertThat(damage()).startsWith(first + " is damaged at byte ");
        Files.delete(first);
        assertThat(damage()).contains("entries 1 to ").contains(" are missing in " + group);
        Files.move(group, parent.resolve("away"));
        assertThat(damage()).isEqualTo(group + " is missing");
    }

    private String damage() throws IOException {
        try (StoppedFolder stopped = StoppedFolder.open(folder())) {
            stopped.groups();
        } catch (DataFolderException e) {
            assertThat(e).hasMessageContaining("join as a new one");
            return String.valueOf(e.damage());
        }
        throw new AssertionError("was to be refused");
    }
}
