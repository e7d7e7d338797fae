package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What error replies of a server mean for a call: those that say something of the server, not of the request.
 *
 * <p>A server refuses a whole command with the error's code first. From within a script, Redis 6.2 puts the same error
 * behind its own words ({@code ERR Error running script .. @user_script: 1: -OOM ..}), newer ones before them
 * ({@code OOM .. script: ..}). READONLY, OOM, NOREPLICAS and MISCONF hit a script at its first write or not at all: the
 * server looks at them before each write, but they do not begin while a script runs.
 */
final class ReplyFailures {
    /**
     * @param kind what the caller may do
     * @param alsoInScripts whether that still holds if it was said in the middle of a script
     */
    private record Meaning(String code, FailureKind kind, boolean alsoInScripts, String advice) {}

    private static final List<Meaning> MEANINGS = List.of(
            notApplied("READONLY", true, "it is a replica now; the primary is looked for"),
            notApplied("LOADING", false, "it is still reading its data from the disk; try again when it has"),
            notApplied("MASTERDOWN", false, "it is a replica that has lost its primary"),
            notApplied("CLUSTERDOWN", false, "the cluster has no node for this namespace's slot; see CLUSTER INFO"),
            notApplied("BUSY", false, "a script runs for too long; see who runs scripts there, and SCRIPT KILL"),
            new Meaning(
                    "OOM",
                    FailureKind.OVERLOADED,
                    true,
                    "its memory is full; raise maxmemory, prune finished tasks or shorten their retention"),
            notApplied(
                    "NOREPLICAS", true, "fewer replicas are in step than its min-replicas-to-write; see its replicas"),
            notApplied("MISCONF", true, "it can't write to its disk; see its log and free space"),
            notApplied("NOAUTH", false, "it asks for a password; set redis.password_file or TANDEM_REDIS_PASSWORD"),
            notApplied("WRONGPASS", false, "user or password are wrong; set redis.user and redis.password_file"),
            notApplied("NOPERM", false, "the ACL user lacks a right; docs/redis.md has the rules that a user needs"),
            notApplied("TRYAGAIN", false, "the namespace's slot is being moved to another node"),
            notApplied("MOVED", false, "the nodes do not agree on who has the namespace's slot; see CLUSTER NODES"),
            notApplied("ASK", false, "the namespace's slot is being moved to another node"));

    /** What is said without a code, only from within scripts, and the code that it would have outside. */
    private static final Map<String, String> SENTENCES = Map.of(
            "The user executing the script can't", "NOPERM",
            "ACL failure in script", "NOPERM",
            "cript attempted to access a non local key", "TRYAGAIN");

    private ReplyFailures() {}

    private static Meaning notApplied(String code, boolean alsoInScripts, String advice) {
        return new Meaning(code, FailureKind.NOT_APPLIED, alsoInScripts, advice);
    }

    /** Null if the error says something of the request, so that who sent it has to read it. */
    static @Nullable StoreException of(ErrorType error, boolean isWrite, Endpoint server) {
        String text = String.valueOf(error.getMessage());
        boolean newerScript = text.contains(" script: ");
        int olderScript = text.startsWith("ERR Error running script") ? text.indexOf(": -") : -1;
        String code = codeOfSentence(text);
        String said = code != null ? code + ' ' + text : olderScript < 0 ? text : text.substring(olderScript + 3);
        for (Meaning meaning : MEANINGS) {
            if (said.startsWith(meaning.code()) && isCode(said, meaning.code().length())) {
                boolean inScript = newerScript || olderScript >= 0 || code != null;
                FailureKind kind =
                        inScript && isWrite && !meaning.alsoInScripts() ? FailureKind.MAYBE_APPLIED : meaning.kind();
                return new StoreException(
                        kind,
                        "Redis at " + server + " refused the command: " + meaning.advice() + " ("
                                + (code == null ? said : text) + ")");
            }
        }
        return null;
    }

    private static @Nullable String codeOfSentence(String text) {
        for (Map.Entry<String, String> sentence : SENTENCES.entrySet()) {
            if (text.contains(sentence.getKey())) {
                return sentence.getValue();
            }
        }
        return null;
    }

    /** Whether the server says that it may not be written to: it is not the primary, or no longer. */
    static boolean saysReplica(ErrorType error) {
        return String.valueOf(error.getMessage()).contains("READONLY You can't write against a read only");
    }

    private static boolean isCode(String said, int end) {
        return said.length() == end || said.charAt(end) == ' ';
    }
}
