package dev.tandem.migration;

import static dev.tandem.migration.MovingPair.NAMESPACE;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.testkit.Tasks;

/** What can be wrong with the one record that is called x. */
enum Damage {
    TASK_MISSING(Kind.MISSING),
    TASK_OLDER(Kind.VERSION),
    TASK_CONTENT(Kind.CONTENT),
    TASK_AHEAD(Kind.VERSION),
    /** In a version that the authority has passed, with other records. */
    TASK_AHEAD_AND_PASSED(Kind.VERSION),
    /** Under a tombstone that is newer. */
    TASK_BURIED(Kind.MISSING),
    TASK_EXTRA(Kind.EXTRA),
    LEASE_MISSING(Kind.MISSING),
    LEASE_CONTENT(Kind.CONTENT),
    LEASE_AHEAD(Kind.VERSION),
    LEASE_EXTRA(Kind.EXTRA);

    final Kind kind;

    Damage(Kind kind) {
        this.kind = kind;
    }

    RecordName x() {
        return new RecordName(name().startsWith("TASK") ? RecordKind.TASK : RecordKind.LEASE, "x");
    }

    private static final long FAR = VerifyRepairTest.FAR;

    /** Two stores that are equal but for x. */
    MovingPair done() {
        MovingPair pair = new MovingPair();
        Task first = pair.apply(Tasks.create("x"));
        Task second = pair.apply(Tasks.update("x").priority(1).verb());
        LeaderLease lease = pair.grant(Tasks.acquire(this == LEASE_EXTRA ? "y" : "x", "pod"));
        pair.apply(Tasks.create("same"));
        if (this == TASK_EXTRA) {
            pair.execute(pair.a, Tasks.delete("x"));
        }
        pair.start();
        pair.records(pair.a).forEach((name, record) -> {
            if (!name.equals(x())) {
                pair.rogue(pair.b, record);
            }
        });
        switch (this) {
            case TASK_MISSING, LEASE_MISSING -> {}
            case TASK_OLDER -> pair.rogue(pair.b, first);
            case TASK_CONTENT -> pair.rogue(pair.b, Records.content(second, 9, 0));
            case TASK_AHEAD, TASK_EXTRA ->
                pair.rogue(pair.b, Records.content(second, 9, 0).withVersion(FAR));
            case TASK_AHEAD_AND_PASSED -> {
                pair.rogue(pair.b, second.withVersion(second.version() + 1));
                pair.apply(Tasks.create("later"));
                pair.deliver();
            }
            case TASK_BURIED -> pair.rogue(pair.b, new Tombstone("x", FAR, 5));
            case LEASE_CONTENT -> pair.rogue(pair.b, Records.lease(lease, "thief", lease.version()));
            case LEASE_AHEAD -> pair.rogue(pair.b, Records.lease(lease, "thief", FAR));
            case LEASE_EXTRA ->
                pair.rogue(
                        pair.b, new LeaderLease(NAMESPACE, "x", "thief", FAR, FAR, 0, lease.expiresAtMillis(), 1_000));
        }
        return pair;
    }
}
