package dev.tandem.store.raft.node;

import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The files of a side's certificates. Its methods block, but for the options. */
final class TlsFiles {
    private final NodeTls tls;
    private List<FileTime> times = List.of();

    TlsFiles(NodeTls tls) {
        this.tls = tls;
    }

    /** Sidecars have to show a certificate. */
    ServerSSLOptions ofServer() {
        ServerSSLOptions ssl = new ServerSSLOptions().setClientAuth(ClientAuth.REQUIRED);
        ssl.setKeyCertOptions(key()).setTrustOptions(authorities());
        return ssl;
    }

    ClientSSLOptions ofClient() {
        ClientSSLOptions ssl = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        ssl.setKeyCertOptions(key()).setTrustOptions(authorities());
        return ssl;
    }

    private PemKeyCertOptions key() {
        return new PemKeyCertOptions()
                .addCertPath(tls.certificateFile().toString())
                .addKeyPath(tls.keyFile().toString());
    }

    private PemTrustOptions authorities() {
        return new PemTrustOptions().addCertPath(tls.caFile().toString());
    }

    /** Whether a file has changed since the last look. */
    synchronized boolean haveChanged() {
        List<FileTime> before = times;
        look();
        return !before.equals(times);
    }

    private void look() {
        List<FileTime> found = new ArrayList<>();
        for (Path file : List.of(tls.caFile(), tls.certificateFile(), tls.keyFile())) {
            try {
                found.add(Files.getLastModifiedTime(file));
            } catch (IOException e) {
                // It is just being replaced, or will be missed by whoever reads it.
                found.add(FileTime.fromMillis(0));
            }
        }
        times = List.copyOf(found);
    }

    /**
     * Looks whether the files can be used, as far as can be told without the other side.
     *
     * @param keys what the settings' names begin with
     * @param caKey the name of the setting for the authorities
     * @throws IllegalStateException with a sentence, if they can't
     */
    synchronized void check(String keys, String caKey) {
        look();
        certificates(tls.caFile(), keys + "." + caKey);
        X509Certificate own =
                certificates(tls.certificateFile(), keys + ".certificate_file").get(0);
        try {
            own.checkValidity();
        } catch (CertificateExpiredException e) {
            throw new IllegalStateException("the certificate in " + tls.certificateFile() + " has expired at "
                    + own.getNotAfter().toInstant() + ": get a new one for " + keys + ".certificate_file");
        } catch (CertificateNotYetValidException e) {
            throw new IllegalStateException("the certificate in " + tls.certificateFile() + " is not valid before "
                    + own.getNotBefore().toInstant() + ": is the clock right?");
        }
        if (!Files.isReadable(tls.keyFile())) {
            throw new IllegalStateException(unreadable(tls.keyFile(), keys + ".key_file", "there is no such file"));
        }
    }

    private static List<X509Certificate> certificates(Path file, String key) {
        try (InputStream in = Files.newInputStream(file)) {
            List<X509Certificate> found = new ArrayList<>();
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.add((X509Certificate) each);
            }
            if (found.isEmpty()) {
                throw new IllegalStateException(unreadable(file, key, "there is no certificate in it"));
            }
            return found;
        } catch (IOException | CertificateException e) {
            throw new IllegalStateException(unreadable(file, key, e.toString()), e);
        }
    }

    private static String unreadable(Path file, String key, String why) {
        return file + ", which " + key + " names, can't be read (" + why + ")";
    }
}
