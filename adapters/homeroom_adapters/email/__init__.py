"""Letters by SMTP, over aiosmtplib."""
