package dev.tandem.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Outcome.Granted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import org.junit.jupiter.api.Test;

class LeaseRulesTest {
    private static final long AT = 1_000;
    private static final LeaderLease HELD = new LeaderLease("default", "s", "h1", 5, 7, AT - 50, AT + 1, 51);
    private static final LeaderLease OVER = new LeaderLease("default", "s", "h1", 5, 7, AT - 50, AT, 50);
    private static final LeaderLease RELEASED = new LeaderLease("default", "s", "", 5, 8, AT - 50, AT - 10, 50);

    private static Outcome apply(LeaderLease now, Verb.OnLease verb) {
        return LeaseRules.apply("default", now, verb, AT, 9);
    }

    private static Rejected rejected(Reason reason, String message, LeaderLease lease) {
        return new Rejected(reason, message, null, lease);
    }

    @Test
    void acquire_freeOverOrReleased_isGrantedUnderTheNewVersion() {
        for (LeaderLease now : new LeaderLease[] {null, OVER, RELEASED}) {
            for (String holder : new String[] {"h1", "h2"}) {
                assertThat(apply(now, new Verb.AcquireLease("s", holder, 100)))
                        .isEqualTo(new Granted(new LeaderLease("default", "s", holder, 9, 9, AT, AT + 100, 100)));
            }
        }
    }

    @Test
    void acquire_held_isTheHoldersOnly() {
        assertThat(apply(HELD, new Verb.AcquireLease("s", "h1", 100)))
                .isEqualTo(new Granted(new LeaderLease("default", "s", "h1", 5, 9, AT - 50, AT + 100, 100)));
        assertThat(apply(HELD, new Verb.AcquireLease("s", "h2", 100)))
                .isEqualTo(rejected(Reason.LEASE_HELD, "the lease is held by h1", HELD));
    }

    @Test
    void renew_overTokensAndTimes_isForTheHolderInTime() {
        assertThat(apply(HELD, new Verb.RenewLease("s", 5, 0)))
                .isEqualTo(new Granted(new LeaderLease("default", "s", "h1", 5, 9, AT - 50, AT + 51, 51)));
        Rejected lost = rejected(Reason.LEASE_LOST, "the lease ran out or was taken over", HELD);
        assertThat(apply(HELD, new Verb.RenewLease("s", 4, 0))).isEqualTo(lost);
        assertThat(apply(HELD, new Verb.ReleaseLease("s", 6))).isEqualTo(lost);
        for (LeaderLease now : new LeaderLease[] {OVER, RELEASED}) {
            assertThat(((Rejected) apply(now, new Verb.RenewLease("s", 5, 0))).reason())
                    .isEqualTo(Reason.LEASE_LOST);
            assertThat(((Rejected) apply(now, new Verb.ReleaseLease("s", 5))).reason())
                    .isEqualTo(Reason.LEASE_LOST);
        }
        assertThat(apply(null, new Verb.RenewLease("s", 5, 0)))
                .isEqualTo(rejected(Reason.NOT_FOUND, "nobody has held this lease", null));
    }

    @Test
    void release_byTheHolder_leavesNoHolderAndTheToken() {
        assertThat(apply(HELD, new Verb.ReleaseLease("s", 5)))
                .isEqualTo(new Granted(new LeaderLease("default", "s", "", 5, 9, AT - 50, AT, 51)));
    }
}
