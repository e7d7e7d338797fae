package dev.tandem.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where calls about one task or lease go, and why.
 *
 * @param bucket of the key, of 100: those below the policy's share of reads are read on the mirror
 * @param writes the store that decides
 * @param reads the store that reads of the key are answered by; two with "and" between where both are asked
 * @param because for people, a sentence each
 */
public record Explanation(
        String namespace, String key, Policy policy, int bucket, String writes, String reads, List<String> because) {
    static Explanation of(String namespace, String key, Policy policy, Set<String> stores) {
        List<String> because = new ArrayList<>();
        because.add(whoDecides(namespace, policy));
        because.add(whereItIsRead(key, policy));
        because.add(whoFollows(policy));
        for (String store :
                List.of(policy.authority(), policy.mirror() == null ? policy.authority() : policy.requireMirror())) {
            if (!stores.contains(store)) {
                because.add("This sidecar does not have the store " + store
                        + ": calls that need it fail here until it is added to the configuration.");
            }
        }
        return new Explanation(
                namespace,
                key,
                policy,
                Policy.bucket(key),
                policy.authority(),
                reads(key, policy),
                List.copyOf(because));
    }

    private static String reads(String key, Policy policy) {
        if (policy.readsOnMirror(key)) {
            return policy.requireMirror();
        }
        return policy.phase().showsOnlyMirrored()
                ? policy.authority() + " and " + policy.requireMirror()
                : policy.authority();
    }

    private static String whoDecides(String namespace, Policy policy) {
        if (policy.phase() == Phase.SINGLE) {
            return policy.epoch() == 0
                    ? namespace + " was never moved: it is in " + policy.source() + ", where namespaces begin."
                    : namespace + " is in " + policy.source() + ", and is not being moved.";
        }
        return policy.authority() + " decides: " + namespace + " is on its way from " + policy.source() + " to "
                + policy.target() + ", in " + policy.phase() + ", in which writes "
                + (policy.phase() == Phase.WRITE_SWITCHED ? "are switched." : "are not switched yet.");
    }

    private static String whereItIsRead(String key, Policy policy) {
        return switch (policy.phase()) {
            case SINGLE -> key + " is read in " + policy.source() + ", as there is no other store.";
            case DUAL_WRITE, WRITE_SWITCHED ->
                key + " is read in " + policy.authority() + ": in this phase " + policy.mirror() + " is not read.";
            case READ_NEWEST ->
                key + " is read in " + policy.source() + " and " + policy.target() + " at once: what " + policy.source()
                        + " has is shown when " + policy.target() + " has it, too.";
            case READ_SWITCHED -> {
                String bucket = "bucket " + Policy.bucket(key) + " of 100";
                yield policy.readsOnMirror(key)
                        ? key + " is read in " + policy.target() + ": it is in " + bucket
                                + ", which is below the read_percent of " + policy.readPercent() + "."
                        : key + " is read in " + policy.source() + " and " + policy.target() + " at once: it is in "
                                + bucket + ", which is not below the read_percent of " + policy.readPercent() + ".";
            }
        };
    }

    private static String whoFollows(Policy policy) {
        if (policy.mirror() == null) {
            return "No other store follows.";
        }
        return policy.mirror() + " follows: it has what " + policy.authority() + " has decided "
                + (policy.waitsForMirror()
                        ? "before a change is acknowledged."
                        : "soon after a change is acknowledged.");
    }
}
