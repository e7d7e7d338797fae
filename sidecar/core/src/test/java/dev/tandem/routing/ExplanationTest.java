package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class ExplanationTest {
    private static final Set<String> STORES = Set.of("redis", "sqlite");

    private static Explanation of(String key, Policy policy) {
        return Explanation.of("orders", key, policy, STORES);
    }

    private static Policy policy(Phase phase, int readPercent, boolean mayLag) {
        return new Policy(3, phase, "sqlite", "redis", readPercent, mayLag);
    }

    @Test
    void explain_neverMoved_saysWhereNamespacesBegin() {
        Explanation found = of("k", Policy.first("sqlite"));

        assertThat(found.writes()).isEqualTo("sqlite");
        assertThat(found.reads()).isEqualTo("sqlite");
        assertThat(found.because())
                .containsExactly(
                        "orders was never moved: it is in sqlite, where namespaces begin.",
                        "k is read in sqlite, as there is no other store.",
                        "No other store follows.");
    }

    @Test
    void explain_dualWrite_readsWhereItIsDecided() {
        Explanation found = of("k", policy(Phase.DUAL_WRITE, 0, true));

        assertThat(found.reads()).isEqualTo("sqlite");
        assertThat(found.because())
                .containsExactly(
                        "sqlite decides: orders is on its way from sqlite to redis, in DUAL_WRITE, in which writes are not"
                                + " switched yet.",
                        "k is read in sqlite: in this phase redis is not read.",
                        "redis follows: it has what sqlite has decided soon after a change is acknowledged.");
        assertThat(of("k", policy(Phase.DUAL_WRITE, 0, false)).because().get(2))
                .isEqualTo("redis follows: it has what sqlite has decided before a change is acknowledged.");
    }

    @Test
    void explain_readNewest_asksBoth() {
        Explanation found = of("k", policy(Phase.READ_NEWEST, 0, true));

        assertThat(found.reads()).isEqualTo("sqlite and redis");
        assertThat(found.because().get(1))
                .isEqualTo("k is read in sqlite and redis at once: what sqlite has is shown when redis has it, too.");
    }

    @Test
    void explain_someReadsSwitched_goesByTheBucket() {
        int bucket = Policy.bucket("k");
        assertThat(bucket).isBetween(1, 98);

        Explanation switched = of("k", policy(Phase.READ_SWITCHED, bucket + 1, true));
        Explanation not = of("k", policy(Phase.READ_SWITCHED, bucket, true));

        assertThat(switched.bucket()).isEqualTo(bucket);
        assertThat(switched.reads()).isEqualTo("redis");
        assertThat(switched.because().get(1))
                .isEqualTo("k is read in redis: it is in bucket " + bucket
                        + " of 100, which is below the read_percent of " + (bucket + 1) + ".");
        assertThat(not.reads()).isEqualTo("sqlite and redis");
        assertThat(not.because().get(1)).contains("which is not below the read_percent of " + bucket + ".");
    }

    @Test
    void explain_writesSwitched_turnsItRound() {
        Explanation found = of("k", policy(Phase.WRITE_SWITCHED, 0, true));

        assertThat(found.writes()).isEqualTo("redis");
        assertThat(found.reads()).isEqualTo("redis");
        assertThat(found.because())
                .contains(
                        "k is read in redis: in this phase sqlite is not read.",
                        "sqlite follows: it has what redis has decided soon after a change is acknowledged.");
    }

    @Test
    void explain_aStoreThatIsNotHere_isNamed() {
        Explanation found = Explanation.of("orders", "k", policy(Phase.DUAL_WRITE, 0, true), Set.of("sqlite"));

        assertThat(found.because())
                .contains(
                        "This sidecar does not have the store redis: calls that need it fail here until it is added to the"
                                + " configuration.");
    }
}
