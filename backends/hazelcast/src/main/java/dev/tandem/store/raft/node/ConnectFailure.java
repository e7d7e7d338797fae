package dev.tandem.store.raft.node;

import io.vertx.grpc.common.GrpcStatus;
import java.net.ConnectException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no link to a node, or no longer.
 *
 * @param why in a sentence for operators, without the node's name
 * @param isLasting whether it is a matter of settings, so that trying again soon is in vain
 */
record ConnectFailure(String why, boolean isLasting) {

    static ConnectFailure passing(String why) {
        return new ConnectFailure(why, false);
    }

    static ConnectFailure lasting(String why) {
        return new ConnectFailure(why, true);
    }

    /** The stream was ended by the other side, without a word of the link's own. */
    static ConnectFailure ended(@Nullable GrpcStatus status, @Nullable String message) {
        if (status == GrpcStatus.UNIMPLEMENTED) {
            return lasting("what listens there speaks gRPC, but is no store node: is it the port of a sidecar?");
        }
        return passing("it ended the stream" + (message == null ? "" : " (" + message + ")"));
    }

    static ConnectFailure of(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof SSLException) {
                return lasting(ofTls(each));
            }
            if (each instanceof ConnectException) {
                return passing("no connection could be made (" + each.getMessage() + ")");
            }
        }
        return passing("no connection could be made (" + failure.getMessage() + ")");
    }

    private static String ofTls(Throwable failure) {
        return "TLS failed (" + failure.getMessage() + ")";
    }
}
