package dev.tandem.app.cli;

import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.GetLeaseRequest;
import dev.tandem.v1.Lease;
import dev.tandem.v1.LeaseServiceClient;
import dev.tandem.v1.LeaseServiceRenewLeaseRequest;
import dev.tandem.v1.ReleaseLeaseRequest;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem lease}. */
@Command(
        name = "lease",
        description = "Gives one holder at a time the right to a scope: to be its leader, say.",
        footer = {
            "",
            "Examples:",
            "  tandem lease acquire nightly-report --holder host-7 --lease 1m",
            "  tandem lease renew nightly-report --token TOKEN"
        })
final class LeaseCommand {
    private LeaseCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new LeaseCommand())
                .addSubcommand("acquire", CommandSpec.forAnnotatedObject(new Acquire(terminal)))
                .addSubcommand("renew", CommandSpec.forAnnotatedObject(new Renew(terminal)))
                .addSubcommand("release", CommandSpec.forAnnotatedObject(new Release(terminal)))
                .addSubcommand("get", CommandSpec.forAnnotatedObject(new Get(terminal)));
    }

    /** A command on one scope, answered with its lease. */
    private abstract static class OnScope extends CallCommand {
        @Parameters(paramLabel = "SCOPE", description = "The scope.")
        String scope = "";

        OnScope(Terminal terminal) {
            super(terminal);
        }

        abstract Future<Lease> ask(LeaseServiceClient leases);

        @Override
        final int run(Connection to, Printer printer) throws InterruptedException {
            printer.lease(Connection.await(ask(to.leases())));
            return ExitCode.OK;
        }
    }

    /** A command of the one who holds the scope. */
    private abstract static class OfHolder extends OnScope {
        @Option(
                names = {"-t", "--token"},
                paramLabel = "TOKEN",
                required = true,
                description = "The token from the acquisition.")
        long token;

        OfHolder(Terminal terminal) {
            super(terminal);
        }
    }

    /** {@code tandem lease acquire}. */
    @Command(
            name = "acquire",
            description =
                    "Takes a scope that is free; its holder extends its lease. Exit code 1 while another holds it.")
    private static final class Acquire extends OnScope {
        @Option(names = "--holder", paramLabel = "ID", required = true, description = "Who wants it.")
        private String holder = "";

        @Option(names = "--lease", paramLabel = "TIME", description = "For how long: 100ms to 24h, default 30s.")
        private @Nullable Duration lease;

        Acquire(Terminal terminal) {
            super(terminal);
        }

        @Override
        Future<Lease> ask(LeaseServiceClient leases) {
            AcquireLeaseRequest.Builder request =
                    AcquireLeaseRequest.newBuilder().setScope(scope).setHolder(holder);
            if (lease != null) {
                request.setLeaseDuration(Values.proto(lease));
            }
            return leases.acquireLease(request.build());
        }
    }

    /** {@code tandem lease renew}. */
    @Command(name = "renew", description = "Extends a lease that still holds.")
    private static final class Renew extends OfHolder {
        @Option(names = "--lease", paramLabel = "TIME", description = "From now on; default: as long as before.")
        private @Nullable Duration lease;

        Renew(Terminal terminal) {
            super(terminal);
        }

        @Override
        Future<Lease> ask(LeaseServiceClient leases) {
            LeaseServiceRenewLeaseRequest.Builder request =
                    LeaseServiceRenewLeaseRequest.newBuilder().setScope(scope).setToken(token);
            if (lease != null) {
                request.setLeaseDuration(Values.proto(lease));
            }
            return leases.renewLease(request.build());
        }
    }

    /** {@code tandem lease release}. */
    @Command(name = "release", description = "Gives a scope back before its time.")
    private static final class Release extends OfHolder {
        Release(Terminal terminal) {
            super(terminal);
        }

        @Override
        Future<Lease> ask(LeaseServiceClient leases) {
            return leases.releaseLease(ReleaseLeaseRequest.newBuilder()
                    .setScope(scope)
                    .setToken(token)
                    .build());
        }
    }

    /** {@code tandem lease get}. */
    @Command(name = "get", description = "Shows a lease, whether it still holds or not.")
    private static final class Get extends OnScope {
        Get(Terminal terminal) {
            super(terminal);
        }

        @Override
        Future<Lease> ask(LeaseServiceClient leases) {
            return leases.getLease(GetLeaseRequest.newBuilder().setScope(scope).build());
        }
    }
}
