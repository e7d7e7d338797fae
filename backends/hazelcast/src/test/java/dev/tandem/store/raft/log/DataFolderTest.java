package dev.tandem.store.raft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that are not as they should be: refused with a sentence that names the file. */
class DataFolderTest {
    private static final GroupKey KEY = new GroupKey("tandem-1", 0, 1);

    @TempDir
    Path parent;

    private final List<IOException> failures = new ArrayList<>();

    private DataFolder open(Path folder, String cluster, int groups) throws IOException {
        return DataFolder.open(folder, cluster, groups, Durability.FSYNC, new LogSettings(2_000, 4_000), failures::add);
    }

    private DataFolder open(Path folder) throws IOException {
        return open(folder, "tandem", 3);
    }

    private Path folder() {
        return parent.resolve("data");
    }

    private Path group() {
        return folder().resolve(KEY.folder());
    }

    /** A folder with a group of some entries in a few segments. */
    private void fill() throws IOException {
        try (DataFolder folder = open(folder());
                GroupLog log = folder.createGroup(KEY, false)) {
            log.identity(new byte[] {1, 2});
            log.term(1, new byte[] {3});
            for (int index = 1; index <= 100; index++) {
                log.entry(1, index, new byte[50]);
                log.flush();
            }
        }
    }

    private void change(Path file, int at, int by) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at < 0 ? bytes.length + at : at] += (byte) by;
        Files.write(file, bytes);
    }

    @Test
    void open_newFolder_isMadeAndRemembersWhoseItIs() throws Exception {
        FolderIdentity made;
        try (DataFolder folder = open(folder())) {
            made = folder.identity();
        }
        try (DataFolder folder = open(folder())) {
            assertThat(folder.identity()).isEqualTo(made);
            assertThat(folder.recover()).isEmpty();
        }
    }

    @Test
    void open_entriesVotesAndValues_areThere() throws Exception {
        fill();
        try (DataFolder folder = open(folder())) {
            folder.keep("x", new byte[] {9});
        }
        try (DataFolder folder = open(folder())) {
            RecoveredGroup found = folder.recover().get(0);
            assertThat(found.key()).isEqualTo(KEY);
            assertThat(found.identity()).containsExactly(1, 2);
            assertThat(found.term()).isEqualTo(1);
            assertThat(found.vote()).containsExactly(3);
            assertThat(found.tail()).hasSize(100);
            assertThat(folder.value("x")).containsExactly(9);
            assertThat(folder.value("y")).isNull();
        }
    }

    @Test
    void open_inUse_isRefused() throws Exception {
        try (DataFolder held = open(folder())) {
            assertThat(held.identity().groups()).isEqualTo(3);
            assertThatThrownBy(() -> open(folder()))
                    .isInstanceOf(DataFolderException.class)
                    .hasMessageContaining("already in use in this process");
        }
        open(folder()).close();
    }

    @Test
    void open_otherClusterOrOtherNumberOfGroups_isRefused() throws Exception {
        open(folder()).close();
        assertThatThrownBy(() -> open(folder(), "other", 3))
                .hasMessageContaining("belongs to the cluster tandem, not to other");
        assertThatThrownBy(() -> open(folder(), "tandem", 5)).hasMessageContaining("was made for 3 groups, not for 5");
        open(folder()).close();
    }

    @Test
    void open_folderOfSomethingElse_isRefusedAndUnchanged() throws Exception {
        Files.createDirectory(folder());
        Files.writeString(folder().resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> open(folder())).hasMessageContaining("holds letter.txt");
        assertThat(folder().resolve("meta")).doesNotExist();
    }

    @Test
    void open_noFolderAndNoParent_isRefused() {
        assertThatThrownBy(() -> open(parent.resolve("a").resolve("b"))).hasMessageContaining("is not a folder");
    }

    @Test
    void open_notWritable_isRefused() throws Exception {
        assumeTrue(!"root".equals(System.getProperty("user.name")), "root may write anywhere");
        Files.createDirectory(folder());
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assertThatThrownBy(() -> open(folder())).hasMessageContaining("may not be read or written");
        } finally {
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void recover_newerFormat_isRefused() throws Exception {
        fill();
        Path meta = folder().resolve("meta");
        change(meta, 11, 1);
        assertThatThrownBy(() -> open(folder()))
                .hasMessageContaining(meta.toString())
                .hasMessageContaining("has format 2; this version knows 1");
    }

    @Test
    void recover_byteChangedInTheMiddle_isRefusedWithFileAndPlace() throws Exception {
        fill();
        Path first = group().resolve("log-0000000000000001");
        change(first, 200, 1);
        try (DataFolder folder = open(folder())) {
            assertThatThrownBy(folder::recover).hasMessageContaining(first + " is damaged at byte");
        }
    }

    @Test
    void recover_tailOfTheLastSegmentGone_isCutOff() throws Exception {
        fill();
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        byte[] bytes = Files.readAllBytes(last);
        Files.write(last, Arrays.copyOf(bytes, bytes.length - 7));
        try (DataFolder folder = open(folder())) {
            RecoveredGroup found = folder.recover().get(0);
            assertThat(found.tail()).hasSize(99);
            try (GroupLog log = folder.openGroup(found, false)) {
                log.entry(1, 100, new byte[3]);
                log.flush();
            }
        }
        try (DataFolder folder = open(folder())) {
            assertThat(folder.recover().get(0).tail()).hasSize(100);
        }
    }

    @Test
    void recover_segmentOrGroupMissing_isRefused() throws Exception {
        fill();
        Path second = group().resolve("log-0000000000000002");
        byte[] bytes = Files.readAllBytes(second);
        Files.delete(second);
        try (DataFolder folder = open(folder())) {
            assertThatThrownBy(folder::recover).hasMessageContaining("segment 2 is missing");
        }
        Files.write(second, bytes);
        Files.move(group(), parent.resolve("away"));
        try (DataFolder folder = open(folder())) {
            assertThatThrownBy(folder::recover).hasMessageContaining(group() + " is missing");
        }
    }

    @Test
    void snapshot_logHasGrown_isWrittenAndOlderSegmentsAreDeleted() throws Exception {
        try (DataFolder folder = open(folder());
                GroupLog log = folder.createGroup(KEY, false)) {
            log.identity(new byte[] {1, 2});
            for (int index = 1; index <= 400; index++) {
                log.entry(1, index, new byte[50]);
                log.flush();
                if (index % 20 == 0) {
                    log.snapshot(new Mark(index, 1, new byte[0]), out -> out.write(new byte[1_000]));
                }
            }
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (log.status().snapshotIndex() < 300 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
                log.entry(1, log.status().lastIndex() + 1, new byte[50]);
                log.flush();
                log.snapshot(new Mark(log.status().lastIndex(), 1, new byte[0]), out -> out.write(new byte[1_000]));
            }
            assertThat(log.status().snapshotIndex()).isGreaterThanOrEqualTo(300);
        }
        assertThat(segments().get(0).getFileName().toString()).isNotEqualTo("log-0000000000000001");
        try (DataFolder folder = open(folder())) {
            RecoveredGroup found = folder.recover().get(0);
            assertThat(found.snapshot().index()).isGreaterThanOrEqualTo(300);
            assertThat(found.identity()).containsExactly(1, 2);
        }
        assertThat(failures).isEmpty();
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(group())) {
            return files.filter(file -> file.getFileName().toString().startsWith("log-"))
                    .sorted()
                    .toList();
        }
    }
}
