package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.SerializationConfig;
import com.hazelcast.cp.CPGroup;
import com.hazelcast.cp.internal.RaftEndpointImpl;
import com.hazelcast.cp.internal.raft.MembershipChangeMode;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raftop.snapshot.RestoreSnapshotOp;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.log.DataFolder;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.raft.log.GroupKey;
import dev.tandem.store.raft.log.GroupLog;
import dev.tandem.store.raft.log.LogSettings;
import dev.tandem.store.raft.log.Mark;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several logs is taken, what is applied of it, and which folders are refused; with logs that are written here. */
class StoppedMembersTest {
    private static final RaftEndpoint ONE = new RaftEndpointImpl(new UUID(0, 1));
    private static final RaftEndpoint TWO = new RaftEndpointImpl(new UUID(0, 2));
    private static final RaftEndpoint THREE = new RaftEndpointImpl(new UUID(0, 3));
    private static final RaftEndpoint FOUR = new RaftEndpointImpl(new UUID(0, 4));
    private static final List<RaftEndpoint> FIRST = List.of(ONE, TWO, THREE);
    private static final String NAMESPACE = "ns";

    @TempDir
    Path parent;

    private final Vertx vertx = Vertx.vertx();
    private final Operations operations = new Operations(new DefaultSerializationServiceBuilder()
            .setConfig(new SerializationConfig())
            .build());

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    private interface Log {
        void write(GroupLog log) throws IOException;
    }

    /** The folder of a member, with one group of tasks. */
    private Path member(String name, RaftEndpoint self, Log group) throws IOException {
        return member(name, "tandem", 1, self, FIRST, group);
    }

    private Path member(
            String name, String cluster, int groups, RaftEndpoint self, List<RaftEndpoint> initial, Log group)
            throws IOException {
        Path folder = parent.resolve(name);
        LogSettings settings = new LogSettings(1_000, Long.MAX_VALUE);
        try (DataFolder data = DataFolder.open(folder, cluster, groups, Durability.NONE, settings, failure -> {})) {
            byte[] identity = GroupIdentity.encode(self, List.copyOf(initial));
            try (GroupLog metadata = data.createGroup(new GroupKey(CPGroup.METADATA_CP_GROUP_NAME, 7, 0), true)) {
                metadata.identity(identity);
            }
            try (GroupLog log = data.createGroup(new GroupKey("tandem-1", 7, 1), false)) {
                log.identity(identity);
                group.write(log);
                log.flush();
            }
        }
        return folder.toRealPath();
    }

    private static Batch batch(String... ids) {
        List<TaskCommand> commands = new ArrayList<>();
        for (String id : ids) {
            commands.add(TaskCommand.of(NAMESPACE, TestClock.START_MILLIS, Tasks.create(id)));
        }
        return new Batch(UUID.randomUUID(), 1, 1, commands);
    }

    private byte[] entry(String... ids) throws IOException {
        return operations.toBytes(new ApplyOperation(batch(ids)));
    }

    private List<String> ids(StoppedMembers stopped) {
        TaskQuery.ListTasks all = new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, false, null, 100);
        return calls(stopped).query(all).tasks().stream().map(Task::id).toList();
    }

    private StoreCalls calls(StoppedMembers stopped) {
        return new StoreCalls(vertx, new RaftTaskStore(vertx, stopped), new TestClock(), NAMESPACE);
    }

    @Test
    void read_logOfAHigherTermThoughShorter_isTaken() throws Exception {
        byte[] common = entry("common");
        Path longer = member("longer", ONE, log -> {
            log.entry(1, 1, common);
            log.entry(2, 2, entry("lost-a"));
            log.entry(2, 3, entry("lost-b"));
        });
        Path shorter = member("shorter", TWO, log -> {
            log.entry(1, 1, common);
            log.entry(3, 2, entry("newest"));
        });
        for (List<Path> folders : List.of(List.of(longer, shorter), List.of(shorter, longer))) {
            try (StoppedMembers stopped = StoppedMembers.read(folders)) {
                assertThat(ids(stopped)).containsExactly("common", "newest");
                assertThat(stopped.found()).containsExactly(new StoppedMembers.Found(1, shorter, 3, 2, 3, 2));
                assertThat(stopped.found().get(0).isMajority()).isTrue();
            }
        }
    }

    @Test
    void read_longerLogOfTheSameTerm_isTaken() throws Exception {
        byte[] common = entry("common");
        Path shorter = member("shorter", ONE, log -> log.entry(2, 1, common));
        Path longer = member("longer", TWO, log -> {
            log.entry(2, 1, common);
            log.entry(2, 2, entry("next"));
        });
        try (StoppedMembers stopped = StoppedMembers.read(List.of(shorter, longer))) {
            assertThat(ids(stopped)).containsExactly("common", "next");
        }
        try (StoppedMembers stopped = StoppedMembers.read(List.of(shorter))) {
            assertThat(ids(stopped)).containsExactly("common");
            assertThat(stopped.found()).containsExactly(new StoppedMembers.Found(1, shorter, 2, 1, 3, 1));
            assertThat(stopped.found().get(0).isMajority()).isFalse();
        }
    }

    @Test
    void read_stateAndEntriesBehindIt_areApplied() throws Exception {
        GroupMachine machine = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        Batch first = batch("a");
        machine.apply(first);
        machine.apply(batch("b"));
        List<RestoreSnapshotOp> state =
                List.of(new RestoreSnapshotOp(TaskService.NAME, new StateOfGroup(machine.state())));
        Path folder = member("state", ONE, log -> {
            log.snapshot(
                    new Mark(2, 1, Encoding.endpoints(0, FIRST)), out -> operations.write(new ArrayList<>(state), out));
            // It came again, as it does after a change of leaders.
            log.entry(2, 3, operations.toBytes(new ApplyOperation(first)));
            log.entry(2, 4, entry("c"));
            log.flush();
            log.snapshot(new Mark(4, 2, Encoding.endpoints(0, FIRST)), out -> {});
            log.entry(2, 5, entry("of which nobody knows whether it is committed"));
        });
        try (StoppedMembers stopped = StoppedMembers.read(List.of(folder))) {
            assertThat(ids(stopped)).containsExactly("a", "b", "c", "of which nobody knows whether it is committed");
            assertThat(calls(stopped).get("a").version()).isEqualTo(1);
        }
    }

    @Test
    void read_votersThatHaveChanged_countAsTheLogSaysLast() throws Exception {
        Log log = group -> {
            group.entry(1, 1, entry("a"));
            group.flush();
            group.snapshot(new Mark(1, 1, Encoding.endpoints(0, FIRST)), out -> {});
            group.entry(1, 2, members(List.of(TWO, THREE), ONE, MembershipChangeMode.REMOVE));
        };
        Path removed = member("removed", ONE, log);
        Path two = member("two", TWO, group -> {
            log.write(group);
            group.entry(1, 3, members(List.of(TWO, THREE, FOUR), FOUR, MembershipChangeMode.ADD));
        });
        try (StoppedMembers stopped = StoppedMembers.read(List.of(removed, two))) {
            assertThat(stopped.found()).containsExactly(new StoppedMembers.Found(1, two, 1, 3, 3, 1));
            assertThat(stopped.found().get(0).isMajority()).isFalse();
        }
    }

    private byte[] members(List<RaftEndpoint> members, RaftEndpoint member, MembershipChangeMode mode)
            throws IOException {
        return operations.toBytes(new UpdateRaftGroupMembersCmd(members, member, mode));
    }

    @Test
    void execute_anyCommand_isRefusedAndNothingChanges() throws Exception {
        Path folder = member("one", ONE, log -> log.entry(1, 1, entry("a")));
        try (StoppedMembers stopped = StoppedMembers.read(List.of(folder))) {
            StoreCalls calls = calls(stopped);
            for (TaskCommand command : List.of(calls.command(Tasks.create("b")), calls.command(Tasks.claim("w", 1)))) {
                StoreException refused = StoreCalls.failureOf(calls.start(command));
                assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
                assertThat(refused)
                        .hasMessage("what stopped members have left on their disks can be read, and not changed");
            }
            assertThat(ids(stopped)).containsExactly("a");
        }
    }

    private static void assertRefused(String sentence, Path... folders) {
        assertThatThrownBy(() -> StoppedMembers.read(List.of(folders)))
                .isInstanceOf(DataFolderException.class)
                .hasMessage(sentence);
    }

    @Test
    void read_foldersOfTwoClusters_areRefused() throws Exception {
        Path one = member("one", ONE, log -> {});
        Path renamed = member("renamed", "other", 1, TWO, FIRST, log -> {});
        assertRefused(
                one + " belongs to the cluster tandem, groups: 1, and " + renamed
                        + " belongs to the cluster other, groups: 1. Name folders of one cluster",
                one,
                renamed);
        Path larger = member("larger", "tandem", 2, TWO, FIRST, log -> {});
        assertRefused(
                one + " belongs to the cluster tandem, groups: 1, and " + larger
                        + " belongs to the cluster tandem, groups: 2. Name folders of one cluster",
                one,
                larger);
        Path namesake = member("namesake", "tandem", 1, TWO, List.of(TWO, THREE, FOUR), log -> {});
        assertRefused(
                one + " and " + namesake + " belong to two clusters that are both called tandem."
                        + " Name folders of one cluster",
                one,
                namesake);
        // They were let go.
        assertRefused(one + " is in use in this process, or named twice", one, one);
        StoppedMembers.read(List.of(one)).close();
    }

    @Test
    void read_groupThatIsInNoFolder_isRefused() throws Exception {
        Path one = member("one", "tandem", 2, ONE, FIRST, log -> {});
        Path two = member("two", "tandem", 2, TWO, FIRST, log -> {});
        assertRefused(
                "group 2 of 2 is not in " + one + ", " + two + ". Name the folder of another member as well", one, two);
    }

    @Test
    void read_memberThatDidNotVote_isRefused() throws Exception {
        Path folder = parent.resolve("new");
        DataFolder.open(folder, "tandem", 1, Durability.NONE, new LogSettings(1_000, 1_000), failure -> {})
                .close();
        assertRefused(
                folder.toRealPath() + " holds no groups, as its member did not vote. Leave it out",
                folder.toRealPath());
    }

    @Test
    void read_entryOfANewerVersion_isRefused() throws Exception {
        byte[] newer = entry("a");
        // Behind the numbers of the factory and the class.
        int format = new String(newer, StandardCharsets.ISO_8859_1).indexOf("\0\0\0\1\1") + Integer.BYTES;
        newer[format] = 2;
        Path folder = member("newer", ONE, log -> log.entry(1, 1, newer));
        assertRefused(
                "entry 1 of group tandem-1 in " + folder + " can't be read: an entry of the log has format 2, and this"
                        + " version of Tandem knows format 1: use the version that wrote it, or a newer one",
                folder);
    }

    @Test
    void read_damagedFolder_isRefusedWithAdviceForTheLast() throws Exception {
        Path folder = member("damaged", ONE, log -> {
            log.entry(1, 1, entry("a"));
            log.flush();
            log.entry(1, 2, entry("b"));
        });
        Path segment = folder.resolve("group-tandem-1-7-1").resolve("log-0000000000000001");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[bytes.length / 2]++;
        Files.write(segment, bytes);
        assertThatThrownBy(() -> StoppedMembers.read(List.of(folder)))
                .isInstanceOf(DataFolderException.class)
                .hasMessageStartingWith(segment + " is damaged at byte ")
                .hasMessageEndingWith(". Put back what was there, or leave this folder out if you have another");
    }
}
