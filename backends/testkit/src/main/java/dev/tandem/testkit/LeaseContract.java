package dev.tandem.testkit;

import static dev.tandem.testkit.Tasks.LEASE_MILLIS;
import static dev.tandem.testkit.Tasks.acquire;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskQuery;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A scope has one holder at a time, and each new holder a higher token. */
abstract class LeaseContract extends ContractGroup {
    LeaseContract(TaskStoreContract contract) {
        super(contract);
    }

    private Optional<LeaderLease> find(String scope) {
        return calls.query(new TaskQuery.GetLease(calls.namespace(), scope));
    }

    @Test
    void acquire_free_isGrantedUntilItsTime() {
        assertThat(find("s")).isEmpty();

        LeaderLease lease = calls.grant(acquire("s", "h1"));

        long now = clock.millis();
        assertThat(lease)
                .isEqualTo(new LeaderLease(
                        NAMESPACE, "s", "h1", lease.version(), lease.version(), now, now + LEASE_MILLIS, LEASE_MILLIS));
        assertThat(find("s")).contains(lease);
    }

    @Test
    void acquire_held_isRejectedWithTheHolder() {
        LeaderLease held = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(LEASE_MILLIS - 1);

        assertThat(calls.reject(acquire("s", "h2"), Reason.LEASE_HELD).lease()).isEqualTo(held);
        assertThat(find("s")).contains(held);
    }

    @Test
    void acquire_byTheHolder_renewsUnderTheSameToken() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(100);

        LeaderLease second = calls.grant(acquire("s", "h1"));

        assertThat(second.token()).isEqualTo(first.token());
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(second.acquiredAtMillis()).isEqualTo(first.acquiredAtMillis());
        assertThat(second.expiresAtMillis()).isEqualTo(clock.millis() + LEASE_MILLIS);
    }

    @Test
    void acquire_atTheEndOfALease_goesToTheNewHolderUnderAHigherToken() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(LEASE_MILLIS);

        LeaderLease second = calls.grant(acquire("s", "h2"));

        assertThat(second.token()).isGreaterThan(first.token());
        calls.reject(new Verb.RenewLease("s", first.token(), 0), Reason.LEASE_LOST);
        calls.reject(new Verb.ReleaseLease("s", first.token()), Reason.LEASE_LOST);
        assertThat(find("s")).contains(second);
    }

    @Test
    void acquire_byTheFormerHolderAfterExpiry_hasAHigherTokenToo() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(LEASE_MILLIS);

        assertThat(calls.grant(acquire("s", "h1")).token()).isGreaterThan(first.token());
    }

    @Test
    void renew_byToken_extendsFromNow() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(LEASE_MILLIS - 1);

        LeaderLease asBefore = calls.grant(new Verb.RenewLease("s", first.token(), 0));
        LeaderLease longer = calls.grant(new Verb.RenewLease("s", first.token(), 5 * LEASE_MILLIS));

        assertThat(asBefore.expiresAtMillis()).isEqualTo(clock.millis() + LEASE_MILLIS);
        assertThat(longer.expiresAtMillis()).isEqualTo(clock.millis() + 5 * LEASE_MILLIS);
        assertThat(longer.token()).isEqualTo(first.token());
        assertThat(find("s")).contains(longer);
    }

    @Test
    void renew_expiredOrWrongOrUnknown_isRejected() {
        LeaderLease lease = calls.grant(acquire("s", "h1"));

        calls.reject(new Verb.RenewLease("s", lease.token() + 1, 0), Reason.LEASE_LOST);
        calls.reject(new Verb.RenewLease("t", lease.token(), 0), Reason.NOT_FOUND);
        clock.advanceMillis(LEASE_MILLIS);
        assertThat(calls.reject(new Verb.RenewLease("s", lease.token(), 0), Reason.LEASE_LOST)
                        .lease())
                .isEqualTo(lease);
        assertThat(find("s")).contains(lease);
    }

    @Test
    void release_byToken_freesTheScopeAtOnce() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(5);

        LeaderLease released = calls.grant(new Verb.ReleaseLease("s", first.token()));

        assertThat(released.holder()).isEmpty();
        assertThat(released.holdsAt(clock.millis())).isFalse();
        calls.reject(new Verb.RenewLease("s", first.token(), 0), Reason.LEASE_LOST);
        assertThat(calls.grant(acquire("s", "h2")).token()).isGreaterThan(first.token());
    }

    @Test
    void tokens_afterTheLeaseWasForgotten_stillRise() {
        LeaderLease first = calls.grant(acquire("s", "h1"));
        clock.advanceMillis(LEASE_MILLIS + tombstoneKeepMillis() + 1);
        calls.sweep(10);
        assertThat(find("s")).isEmpty();

        assertThat(calls.grant(acquire("s", "h2")).token()).isGreaterThan(first.token());
    }

    @Test
    void acquire_byManyAtOnce_isGrantedToExactlyOne() {
        List<Future<Outcome>> started = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            StoreCalls caller = calls.onAnotherContext();
            started.add(caller.start(caller.command(acquire("s", "h" + i))));
        }

        List<Outcome> outcomes = started.stream().map(StoreCalls::await).toList();

        assertThat(outcomes).filteredOn(Outcome.Granted.class::isInstance).hasSize(1);
        assertThat(outcomes).filteredOn(outcome -> !outcome.succeeded()).hasSize(15);
    }

    @Test
    void scopes_ofTwoNamespaces_areTwo() {
        LeaderLease here = calls.grant(acquire("s", "h1"));

        assertThat(calls.in("other").grant(acquire("s", "h2")).holder()).isEqualTo("h2");
        assertThat(find("s")).contains(here);
    }

    @Test
    void leases_andTasksOfTheSameName_haveNothingToDoWithEachOther() {
        calls.grant(acquire("x", "h1"));
        assertThat(calls.find("x")).isEmpty();
        calls.apply(Tasks.create("x"));
        calls.delete("x");

        assertThat(find("x")).isPresent();
    }
}
