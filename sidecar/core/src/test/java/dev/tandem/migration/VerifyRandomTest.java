package dev.tandem.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Verify.Step;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.testkit.Tasks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many records with differences at random: what is found is what a plain comparison of all finds. */
class VerifyRandomTest {
    private static final int TASKS = 2_000;
    private static final int LEASES = 60;

    private final long seed = Long.getLong("tandem.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final MovingPair pair = new MovingPair();

    @AfterEach
    void close() {
        pair.close();
    }

    private void fill(int tasks) {
        System.out.println("VerifyRandomTest: -Dtandem.seed=" + seed);
        for (int i = 0; i < tasks; i++) {
            pair.apply(Tasks.create("task" + i));
            pair.clock.advanceMillis(random.nextInt(2));
        }
        for (int i = 0; i < LEASES; i++) {
            pair.grant(Tasks.acquire("scope" + i, "pod"));
        }
        pair.start();
        pair.records(pair.a)
                .values()
                .forEach(record -> pair.rogue(pair.b, random.nextInt(100) < 90 ? record : other(record)));
    }

    /** As it should not be. */
    private StoredRecord other(StoredRecord record) {
        if (record instanceof LeaderLease lease) {
            return random.nextBoolean()
                    ? Records.lease(lease, "thief", lease.version() + random.nextInt(3_000))
                    : new Tombstone(lease.scope(), 1, 1);
        }
        Task task = (Task) record;
        return switch (random.nextInt(5)) {
            case 0 -> new Tombstone(task.id(), task.version() + random.nextInt(3_000), 1);
            case 1 -> task.withVersion(task.version() + random.nextInt(3_000));
            case 2 -> Records.content(task, 5, 0);
            case 3 -> Records.content(task, 5, random.nextInt(20));
            default -> new Tombstone(task.id(), 1, 1);
        };
    }

    /** What the authority changes and nobody delivers, some of it under what differs. */
    private void change(int changes) {
        for (int i = 0; i < changes; i++) {
            String id = "task" + random.nextInt(TASKS);
            switch (random.nextInt(4)) {
                case 0 -> pair.execute(pair.a, Tasks.delete(id));
                case 1 -> pair.execute(pair.a, Tasks.create(id));
                case 2 -> pair.execute(pair.a, Tasks.acquire("scope" + random.nextInt(2 * LEASES), "pod"));
                default ->
                    pair.execute(
                            pair.a, Tasks.update(id).priority(random.nextInt(9)).verb());
            }
        }
    }

    /** By a plain look at all records. */
    private Set<RecordName> different() {
        Map<RecordName, StoredRecord> decided = pair.records(pair.a);
        Map<RecordName, StoredRecord> mirrored = pair.records(pair.b);
        Set<RecordName> names = new HashSet<>(decided.keySet());
        names.addAll(mirrored.keySet());
        names.removeIf(name -> Objects.equals(decided.get(name), mirrored.get(name)));
        return names;
    }

    private static Set<RecordName> names(List<Difference> differences) {
        return differences.stream().map(Difference::name).collect(Collectors.toSet());
    }

    @Test
    void pages_ofAnySize_findWhatAPlainComparisonFinds() {
        fill(TASKS);
        // On the first page, behind which nothing is on its way any more: what is there is delivered at the second
        // look.
        for (int i = 0; i < 50; i++) {
            pair.execute(pair.a, Tasks.update("task" + i).priority(1).verb());
        }
        change(300);
        Step first = pair.verifyAll(100);

        assertThat(different()).hasSizeGreaterThan(50);
        assertThat(names(first.differences())).isEqualTo(different());
        assertThat(first.inFlight()).isPositive();
        for (int size : new int[] {1, 2, 7, 99, TASKS}) {
            Step again = pair.verifyAll(size);
            assertThat(new HashSet<>(again.differences()))
                    .as("pages of %s", size)
                    .isEqualTo(new HashSet<>(first.differences()));
            assertThat(again.inFlight()).isZero();
        }
        assertKindsAndVersions(first);
    }

    private void assertKindsAndVersions(Step step) {
        Map<RecordName, StoredRecord> decided = pair.records(pair.a);
        Map<RecordName, StoredRecord> mirrored = pair.records(pair.b);
        for (Difference found : step.differences()) {
            Sight sight = Sight.of(decided.get(found.name()), mirrored.get(found.name()));
            assertThat(found).isEqualTo(sight.difference(found.name()));
        }
    }

    @Test
    void pages_resumedFromEach_findTheRest() {
        fill(TASKS);
        List<ScanPosition> places = new ArrayList<>();
        List<List<Difference>> found = new ArrayList<>();
        ScanPosition after = null;
        do {
            Step page = pair.page(after, 40);
            found.add(page.differences());
            after = page.next();
            if (after != null) {
                places.add(after);
            }
        } while (after != null);

        assertThat(places).hasSizeGreaterThan(40).isSorted();
        for (int i = 0; i < places.size(); i++) {
            assertThat(pair.page(places.get(i), 40).differences())
                    .as("from page %s", i + 1)
                    .isEqualTo(found.get(i + 1));
        }
    }

    @Test
    void repair_ofAll_leavesNothing() {
        fill(TASKS);
        change(100);
        Set<Difference> found = new HashSet<>(pair.verifyAll(100).differences());

        found.forEach(pair::repair);

        assertThat(pair.verifyAll(100).differences()).isEmpty();
        pair.deliver();
        assertThat(different()).isEmpty();
    }

    /** With the authority at work between any two calls, and sidecars that deliver or die before they do. */
    @Test
    void pages_whileTasksChange_findNothingInStoresThatDoNotDiffer() {
        System.out.println("VerifyRandomTest: -Dtandem.seed=" + seed);
        for (int i = 0; i < 300; i++) {
            pair.apply(Tasks.create("task" + i));
        }
        pair.start();
        pair.records(pair.a).values().forEach(record -> pair.rogue(pair.b, record));
        long[] calls = {0};
        pair.hook = (store, call) -> {
            calls[0]++;
            pair.clock.advanceMillis(random.nextInt(3));
            for (int i = random.nextInt(4); i > 0; i--) {
                work(random.nextInt(400));
            }
            if (random.nextInt(5) == 0) {
                pair.deliver();
            }
        };
        long inFlight = 0;
        for (int i = 0; i < 20; i++) {
            Step found = pair.verifyAll(1 + random.nextInt(100));
            assertThat(found.differences()).as("-Dtandem.seed=%s", seed).isEmpty();
            inFlight += found.inFlight();
        }

        assertThat(inFlight).isPositive();
        pair.hook = (store, call) -> {};
        pair.deliver();
        assertThat(different()).isEmpty();
    }

    private void work(int number) {
        String id = "task" + number;
        switch (random.nextInt(5)) {
            case 0 -> pair.execute(pair.a, Tasks.delete(id));
            case 1, 2 -> pair.execute(pair.a, Tasks.create(id));
            case 3 -> pair.execute(pair.a, Tasks.acquire("scope" + number % 7, "pod"));
            default ->
                pair.execute(
                        pair.a, Tasks.update(id).priority(random.nextInt(9)).verb());
        }
    }

    /** What nobody touches is found whatever goes on around it, and nothing else is. */
    @Test
    void pages_whileTasksChange_findWhatDiffers() {
        fill(600);
        Set<RecordName> names = new TreeSet<>(Comparator.comparing(RecordName::toString));
        names.addAll(different());
        pair.hook = (store, call) -> {
            for (int i = random.nextInt(4); i > 0; i--) {
                work(TASKS + random.nextInt(400));
            }
            if (random.nextInt(5) == 0) {
                pair.deliver();
            }
        };

        Set<RecordName> found = names(pair.verifyAll(50).differences());

        found.removeIf(name -> name.kind() == RecordKind.LEASE);
        names.removeIf(name -> name.kind() == RecordKind.LEASE);
        assertThat(found).as("-Dtandem.seed=%s", seed).isEqualTo(names);
    }
}
