package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.TaskLoad;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads what members have left on their disks. {@code -Dtandem.seed=N} has the clients make the same requests again. */
class MajorityLostTest {
    private static final int CALLS = 1_500;
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    /** All that a store tells of itself. */
    private record Told(
            List<String> namespaces,
            Map<String, List<StoredRecord>> records,
            Map<String, TaskPage> lists,
            Map<String, TaskCounts> counts,
            Map<String, Cursor> cursors,
            Map<String, Set<Change>> changes,
            Optional<LeaderLease> lease) {}

    private static Told askAll(StoreCalls calls, int groups) {
        List<String> namespaces = calls.query(new TaskQuery.Namespaces());
        Map<String, List<StoredRecord>> records = new TreeMap<>();
        Map<String, TaskPage> lists = new TreeMap<>();
        Map<String, TaskCounts> counts = new TreeMap<>();
        Map<String, Cursor> cursors = new TreeMap<>();
        Map<String, Set<Change>> changes = new TreeMap<>();
        for (String namespace : namespaces) {
            StoreCalls in = calls.in(namespace);
            records.put(namespace, in.scanAll());
            lists.put(namespace, in.query(new TaskQuery.ListTasks(namespace, TaskFilter.ALL, true, null, 100)));
            counts.put(namespace, in.query(new TaskQuery.Count(namespace, TaskFilter.ALL)));
            cursors.put(
                    namespace,
                    in.query(new TaskQuery.Changes(namespace, null, 1)).next());
            changes.put(namespace, changesOf(calls, namespace, groups));
        }
        return new Told(
                namespaces,
                records,
                lists,
                counts,
                cursors,
                changes,
                calls.query(new TaskQuery.GetLease("others", "scope")));
    }

    private static Set<Change> changesOf(StoreCalls calls, String namespace, int groups) {
        Cursor begin = new Cursor(Collections.nCopies(groups, 0L));
        ChangePage page = calls.query(new TaskQuery.Changes(namespace, begin, 1_000));
        assertThat(page.more()).isFalse();
        assertThat(page.isExpired()).isFalse();
        return Set.copyOf(page.changes());
    }

    private StoreCalls calls(Cluster cluster, TaskStore store) {
        return new StoreCalls(cluster.vertx, store, new TestClock(), "others");
    }

    @Test
    void read_anyFolderOfMembersThatHadAllApplied_tellsWhatTheyTold() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start()) {
            Cluster cluster = loaded.cluster;
            try (TaskLoad load = loaded.load()) {
                load.awaitCalls(CALLS);
                load.stopAndCheckThatNoneFailed();
            }
            StoreCalls live = calls(cluster, loaded.store(cluster.slots.get(0)));
            live.request("request", Tasks.create("under-a-request"));
            live.apply(Tasks.create("deleted"));
            live.delete("deleted");
            live.grant(new Verb.AcquireLease("scope", "holder", 60_000));
            Told told = askAll(live, LoadedCluster.GROUPS);
            assertThat(told.lease()).isPresent();
            assertThat(told.records().get("others")).hasSizeGreaterThan(2);
            for (int group = 1; group <= LoadedCluster.GROUPS; group++) {
                awaitSameIndex(cluster, group);
            }
            cluster.terminateAll();

            for (Cluster.Slot slot : cluster.slots) {
                Map<Path, String> before = bytes(slot.folder);
                try (StoppedMembers stopped = StoppedMembers.read(List.of(slot.folder))) {
                    TaskStore store = new RaftTaskStore(cluster.vertx, stopped);
                    assertThat(askAll(calls(cluster, store), LoadedCluster.GROUPS))
                            .isEqualTo(told);
                    assertThat(stopped.cluster()).isEqualTo(cluster.name);
                    assertThat(stopped.found()).hasSize(LoadedCluster.GROUPS).allSatisfy(found -> {
                        assertThat(found.folder()).isEqualTo(slot.folder.toRealPath());
                        assertThat(found.voters()).isEqualTo(3);
                        assertThat(found.votersRead()).isEqualTo(1);
                        assertThat(found.isMajority()).isFalse();
                    });
                }
                assertThat(bytes(slot.folder)).isEqualTo(before);
            }
        }
    }

    /** Waits until all members have applied the same; nobody writes. */
    private static void awaitSameIndex(Cluster cluster, int group) throws InterruptedException {
        Cluster.awaitTrue(
                "all have applied all of group " + group,
                () -> cluster.slots.stream()
                                .map(slot -> slot.member().status().stream()
                                        .filter(status -> status.group().equals("tandem-" + group))
                                        .findFirst()
                                        .orElseThrow()
                                        .appliedIndex())
                                .distinct()
                                .count()
                        == 1);
    }

    private static Map<Path, String> bytes(Path folder) throws Exception {
        Map<Path, String> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                bytes.put(
                        file,
                        Files.isDirectory(file)
                                ? "folder"
                                : Arrays.hashCode(Files.readAllBytes(file)) + "/" + Files.size(file) + "/"
                                        + Files.getLastModifiedTime(file));
            }
        }
        return bytes;
    }

    @Test
    void read_twoOfThreeFoldersOfMembersThatEndedUnderLoad_hasAllThatWasAcknowledged() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load(DEADLINE)) {
            Cluster cluster = loaded.cluster;
            load.awaitCalls(CALLS);
            cluster.terminateAll();
            load.stop();
            System.out.println("MajorityLostTest: " + load.summary());
            for (Cluster.Slot lost : cluster.slots) {
                List<Path> left = cluster.slots.stream()
                        .filter(slot -> slot != lost)
                        .map(slot -> slot.folder)
                        .toList();
                try (StoppedMembers stopped = StoppedMembers.read(left)) {
                    assertThat(stopped.found()).allMatch(StoppedMembers.Found::isMajority);
                    load.checkEnd(new RaftTaskStore(cluster.vertx, stopped));
                }
            }
        }
    }

    @Test
    void read_lastFolderOfMembersThatWereLostOneAfterTheOtherUnderLoad_hasAllThatWasAcknowledged() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load(DEADLINE)) {
            Cluster cluster = loaded.cluster;
            Cluster.Slot last = cluster.slots.get(2);
            load.awaitCalls(CALLS);
            loaded.terminate(cluster.slots.get(0));
            delete(cluster.slots.get(0).folder);
            // From here on nothing is acknowledged that the last one does not have, nor anything before.
            StoreCalls live = calls(cluster, loaded.store(last));
            for (int group = 1; group <= LoadedCluster.GROUPS; group++) {
                live.apply(Tasks.create(idIn(group)));
            }
            load.awaitCalls(CALLS);
            cluster.terminateAll();
            delete(cluster.slots.get(1).folder);
            load.stop();
            System.out.println("MajorityLostTest: " + load.summary());
            try (StoppedMembers stopped = StoppedMembers.read(List.of(last.folder))) {
                TaskStore store = new RaftTaskStore(cluster.vertx, stopped);
                load.checkEnd(store);
                for (int group = 1; group <= LoadedCluster.GROUPS; group++) {
                    assertThat(calls(cluster, store).find(idIn(group))).isPresent();
                }
            }
        }
    }

    @Test
    @Tag("long")
    void read_membersOneOfWhichHasReplacedAnother_countsTheOnesThatVote() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load(DEADLINE)) {
            Cluster cluster = loaded.cluster;
            Cluster.Slot replaced = cluster.slots.get(2);
            Cluster.Slot other = cluster.slots.get(0);
            UUID old = replaced.member().voter();
            Path oldFolder = replaced.folder;
            load.awaitCalls(CALLS);
            loaded.terminate(replaced);
            replaced.folder = folder.resolve("new");
            loaded.start();
            Cluster.await(other.member().remove(cluster.context, old));
            Cluster.await(replaced.member().promote(cluster.context));
            load.awaitCalls(CALLS);
            cluster.terminateAll();
            load.stop();
            System.out.println("MajorityLostTest: " + load.summary());
            try (StoppedMembers stopped = StoppedMembers.read(List.of(replaced.folder, other.folder))) {
                assertThat(stopped.found()).hasSize(LoadedCluster.GROUPS).allSatisfy(found -> {
                    assertThat(found.voters()).isEqualTo(3);
                    assertThat(found.votersRead()).isEqualTo(2);
                });
                load.checkEnd(new RaftTaskStore(cluster.vertx, stopped));
            }
            try (StoppedMembers stopped = StoppedMembers.read(List.of(oldFolder, other.folder))) {
                assertThat(stopped.found()).hasSize(LoadedCluster.GROUPS).allSatisfy(found -> {
                    assertThat(found.folder()).isEqualTo(other.folder.toRealPath());
                    assertThat(found.voters()).isEqualTo(3);
                    assertThat(found.votersRead()).isEqualTo(1);
                });
            }
        }
    }

    private static String idIn(int group) {
        return TaskLoad.ids(group, LoadedCluster.GROUPS).get(0);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void read_oneFolderOfMembersThatEndedAtOnce_hasAllUpToTheLastVersionInIt() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load(DEADLINE)) {
            Cluster cluster = loaded.cluster;
            load.awaitCalls(CALLS);
            cluster.terminateAll();
            load.stop();
            List<Acknowledged> all = acknowledged(load.operations());
            assertThat(all).hasSizeGreaterThan(CALLS / 10);
            Map<Integer, Integer> lostAtLeast = new TreeMap<>();
            for (Cluster.Slot slot : cluster.slots) {
                try (StoppedMembers stopped = StoppedMembers.read(List.of(slot.folder))) {
                    StoreCalls calls = calls(cluster, new RaftTaskStore(cluster.vertx, stopped));
                    Map<Integer, Integer> lost = lost(all, calls);
                    System.out.println("MajorityLostTest: of " + all.size()
                            + " changes that were acknowledged, one folder alone lacks by group " + lost);
                    lost.forEach((group, count) -> lostAtLeast.merge(group, count, Math::min));
                }
            }
            // One of three has all of a group that any of them has.
            assertThat(lostAtLeast)
                    .hasSize(LoadedCluster.GROUPS)
                    .allSatisfy((group, lost) -> assertThat(lost).isZero());
        }
    }

    /** A change that somebody was told of; its task is null if it was deleted. */
    private record Acknowledged(
            String namespace,
            String id,
            long version,
            @Nullable Task task) {
        static Acknowledged of(Task task) {
            return new Acknowledged(task.namespace(), task.id(), task.version(), task);
        }
    }

    private static List<Acknowledged> acknowledged(List<Operation> operations) {
        List<Acknowledged> all = new ArrayList<>();
        for (Operation operation : operations) {
            if (operation.answer() instanceof Operation.Came came) {
                Outcome outcome = came.outcome();
                if (outcome instanceof Outcome.Applied applied) {
                    all.add(Acknowledged.of(applied.task()));
                } else if (outcome instanceof Outcome.Claimed claimed) {
                    claimed.tasks().forEach(task -> all.add(Acknowledged.of(task)));
                } else if (outcome instanceof Outcome.Deleted deleted) {
                    all.add(new Acknowledged(operation.call().namespace(), deleted.taskId(), deleted.version(), null));
                }
            }
        }
        return all;
    }

    /**
     * By group, how many of the changes are behind the last version that a store has. The others have to be there, or to be
     * followed by another change of the task.
     */
    private static Map<Integer, Integer> lost(List<Acknowledged> all, StoreCalls calls) {
        Map<String, Long> last = new HashMap<>();
        Map<String, Change> changes = new HashMap<>();
        Set<String> namespaces = new TreeSet<>();
        all.forEach(change -> namespaces.add(change.namespace()));
        for (String namespace : namespaces) {
            last.put(namespace, lastVersion(calls, namespace));
            changesOf(calls, namespace, LoadedCluster.GROUPS)
                    .forEach(change -> changes.put(namespace + "/" + change.taskId(), change));
        }
        Map<Integer, Integer> lost = new TreeMap<>();
        for (Acknowledged change : all) {
            boolean isBehind = change.version() > Objects.requireNonNull(last.get(change.namespace()));
            lost.merge(TaskLoad.group(change.namespace()), isBehind ? 1 : 0, Integer::sum);
            if (!isBehind) {
                Change found = changes.get(change.namespace() + "/" + change.id());
                assertThat(found).as("%s", change).isNotNull();
                assertThat(found.version()).as("%s", change).isGreaterThanOrEqualTo(change.version());
                if (found.version() == change.version()) {
                    assertThat(found.task()).isEqualTo(change.task());
                }
            }
        }
        return lost;
    }

    private static long lastVersion(StoreCalls calls, String namespace) {
        return calls.query(new TaskQuery.Changes(namespace, null, 1))
                .next()
                .versions()
                .get(TaskLoad.group(namespace) - 1);
    }
}
