package dev.tandem.store.raft.node;

import io.netty.handler.ssl.NotSslRecordException;
import io.vertx.grpc.common.GrpcStatus;
import java.net.ConnectException;
import java.security.cert.CertificateExpiredException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no link to a node, or no longer.
 *
 * @param kind what may help
 * @param why in a sentence for operators, without the node's name
 */
record ConnectFailure(Kind kind, String why) {
    /** What may help. */
    enum Kind {
        /** Nobody is there. */
        UNREACHABLE,
        /** It may be other the next time. */
        PASSING,
        /** It is a matter of settings, so that trying again soon is in vain. */
        LASTING
    }

    static ConnectFailure passing(String why) {
        return new ConnectFailure(Kind.PASSING, why);
    }

    static ConnectFailure lasting(String why) {
        return new ConnectFailure(Kind.LASTING, why);
    }

    boolean isLasting() {
        return kind == Kind.LASTING;
    }

    /** The stream was ended by the other side, without a word of the link's own. */
    static ConnectFailure ended(@Nullable GrpcStatus status, @Nullable String message) {
        if (status == GrpcStatus.UNIMPLEMENTED) {
            return lasting("what listens there speaks gRPC, but is no store node: is it the port of a sidecar?");
        }
        return passing("it ended the stream" + (message == null ? "" : " (" + message + ")"));
    }

    /** The connection was closed by the other side before its hello, without a word. */
    static ConnectFailure closedEarly(boolean tls) {
        return passing(
                tls
                        ? "it closed the connection before it said hello"
                        : "it closed the connection before it said hello: if it speaks TLS, set nodes.tls.ca_file,"
                                + " nodes.tls.certificate_file and nodes.tls.key_file");
    }

    static ConnectFailure of(Throwable failure) {
        ConnectFailure tls = ofTls(failure);
        if (tls != null) {
            return tls;
        }
        return failure instanceof ConnectException
                ? new ConnectFailure(Kind.UNREACHABLE, "no connection could be made (" + failure.getMessage() + ")")
                : passing("the connection failed (" + failure.getMessage() + ")");
    }

    /** Null if it has nothing to do with TLS. */
    static @Nullable ConnectFailure ofTls(Throwable failure) {
        boolean isOfTls = false;
        Throwable root = failure;
        for (Throwable each = failure; each != null; each = each.getCause()) {
            isOfTls |= each instanceof SSLException;
            root = each;
        }
        return isOfTls ? lasting(told(root)) : null;
    }

    private static String told(Throwable root) {
        String said = String.valueOf(root.getMessage());
        String lower = said.toLowerCase(Locale.ROOT);
        if (root instanceof NotSslRecordException) {
            return "it does not speak TLS: leave nodes.tls out, or set node.tls on the node";
        } else if (lower.contains("fatal alert")) {
            return "it does not trust our certificate (" + said + "): nodes.tls.certificate_file has to be signed by an"
                    + " authority in the node's node.tls.client_ca_file";
        } else if (root instanceof CertificateExpiredException || lower.contains("notafter")) {
            return "its certificate has expired (" + said + "): get a new one for the node";
        } else if (lower.contains("subject alternative") || lower.contains("no name matching")) {
            return "its certificate is for another name (" + said
                    + "): set nodes.tls.server_name, or the name that is in" + " the certificate as its address";
        }
        return "its certificate is not believed (" + said
                + "): nodes.tls.ca_file has to hold the authority that signed it";
    }
}
