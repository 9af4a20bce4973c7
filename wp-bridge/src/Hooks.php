<?php
/**
 * Every hook the bridge listens to.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * Hook => class in `Listeners`, its method, priority, number of arguments.
 *
 * The number of arguments ends before the first that holds a secret: what is not taken cannot leak.
 */
final class Hooks {

	public const TABLE = array(
		// Before mails and Ultimate Multisite's own webhooks: what fails there must not lose the event.
		'wu_event'                                   => array( 'UltimateMultisite', 'event', PHP_INT_MIN, 2 ),
		'wu_event_post_save'                         => array( 'UltimateMultisite', 'logged', 10, 3 ),

		// After Ultimate Multisite's own dispatcher at 10: where that works, it has told already.
		'wu_customer_post_save'                      => array( 'UltimateMultisiteModels', 'customer_saved', 20, 3 ),
		'wu_membership_post_save'                    => array( 'UltimateMultisiteModels', 'membership_saved', 20, 3 ),
		'wu_payment_post_save'                       => array( 'UltimateMultisiteModels', 'payment_saved', 20, 3 ),
		'wu_customer_post_delete'                    => array( 'UltimateMultisiteModels', 'customer_deleted', 10, 2 ),
		'wu_membership_post_delete'                  => array( 'UltimateMultisiteModels', 'membership_deleted', 10, 2 ),
		'wu_payment_post_delete'                     => array( 'UltimateMultisiteModels', 'payment_deleted', 10, 2 ),
		'wu_product_post_delete'                     => array( 'UltimateMultisiteModels', 'product_deleted', 10, 2 ),
		'wu_transition_customer_email_verification'  => array( 'UltimateMultisiteModels', 'customer_verified', 10, 3 ),
		'wu_transition_membership_status'            => array( 'UltimateMultisiteModels', 'membership_status', 10, 3 ),
		'wu_transition_membership_plan_id'           => array( 'UltimateMultisiteModels', 'membership_plan', 10, 3 ),
		'wu_membership_post_cancel'                  => array( 'UltimateMultisiteModels', 'membership_cancelled', 10, 2 ),
		'wu_membership_post_renew'                   => array( 'UltimateMultisiteModels', 'membership_renewed', 10, 3 ),
		'wu_stripe_subscription_status_changed'      => array( 'UltimateMultisiteModels', 'gateway_status', 10, 3 ),
		'wu_transition_payment_status'               => array( 'UltimateMultisiteModels', 'payment_status', 10, 3 ),

		'wu_site_created'                            => array( 'UltimateMultisiteSites', 'created', 10, 2 ),
		'wu_duplicate_site'                          => array( 'UltimateMultisiteSites', 'duplicated', 10, 1 ),
		'wu_after_switch_template'                   => array( 'UltimateMultisiteSites', 'template_switched', 10, 1 ),
		'wu_before_demo_site_deleted'                => array( 'UltimateMultisiteSites', 'demo_deleted', 10, 1 ),
		'wu_site_post_delete'                        => array( 'UltimateMultisiteSites', 'deleted', 10, 2 ),

		'wu_domain_added'                            => array( 'UltimateMultisiteDomains', 'mapped', 10, 2 ),
		'wu_domain_removed'                          => array( 'UltimateMultisiteDomains', 'removed', 10, 2 ),
		'wu_domain_post_delete'                      => array( 'UltimateMultisiteDomains', 'deleted', 10, 2 ),
		'wu_domain_became_primary'                   => array( 'UltimateMultisiteDomains', 'became_primary', 10, 1 ),
		'wu_transition_domain_stage'                 => array( 'UltimateMultisiteDomains', 'stage', 10, 3 ),
		'wu_domain_manager_dns_propagation_finished' => array( 'UltimateMultisiteDomains', 'dns_ready', 10, 1 ),

		// Its add-ons.
		'wu_domain_registration_completed'           => array( 'DomainSeller', 'registered', 10, 2 ),
		'wu_domain_registration_failed'              => array( 'DomainSeller', 'registration_failed', 10, 3 ),
		'wu_domain_renewal_completed'                => array( 'DomainSeller', 'renewed', 10, 2 ),
		'wu_domain_renewal_failed'                   => array( 'DomainSeller', 'renewal_failed', 10, 3 ),
		'wu_domain_transfer_completed'               => array( 'DomainSeller', 'transferred', 10, 1 ),
		'wu_domain_ses_verified'                     => array( 'DomainSeller', 'ses_verified', 10, 1 ),
		'wu_mt_migration_completed'                  => array( 'MultiTenancy', 'completed', 10, 1 ),
		'wu_mt_migration_failed'                     => array( 'MultiTenancy', 'failed', 10, 2 ),
		'wu_mt_migration_cancelled'                  => array( 'MultiTenancy', 'cancelled', 10, 1 ),

		'add_network'                                => array( 'Networks', 'created', 10, 1 ),
		'update_network'                             => array( 'Networks', 'updated', 10, 1 ),
		'delete_network'                             => array( 'Networks', 'deleted', 10, 1 ),
		'move_site'                                  => array( 'Networks', 'site_moved', 10, 3 ),
		'wu_pending_network_published'               => array( 'Networks', 'published', 10, 2 ),

		// Core makes the tables at 10 and mails at 100.
		'wp_initialize_site'                         => array( 'Sites', 'created', 900, 2 ),
		'wp_update_site'                             => array( 'Sites', 'updated', 10, 2 ),
		// Core drops the tables at 10.
		'wp_uninitialize_site'                       => array( 'Sites', 'remember', 1, 1 ),
		'wp_delete_site'                             => array( 'Sites', 'deleted', 10, 1 ),
		'archive_blog'                               => array( 'Sites', 'archived', 10, 1 ),
		'unarchive_blog'                             => array( 'Sites', 'unarchived', 10, 1 ),
		'make_delete_blog'                           => array( 'Sites', 'deactivated', 10, 1 ),
		'make_undelete_blog'                         => array( 'Sites', 'reactivated', 10, 1 ),
		'make_spam_blog'                             => array( 'Sites', 'spammed', 10, 1 ),
		'make_ham_blog'                              => array( 'Sites', 'unspammed', 10, 1 ),
		'mature_blog'                                => array( 'Sites', 'matured', 10, 1 ),
		'unmature_blog'                              => array( 'Sites', 'unmatured', 10, 1 ),
		'update_blog_public'                         => array( 'Sites', 'visibility', 10, 2 ),

		'user_register'                              => array( 'Users', 'created', 10, 1 ),
		'wpmu_new_user'                              => array( 'Users', 'created', 10, 1 ),
		'profile_update'                             => array( 'Users', 'updated', 10, 2 ),
		'add_user_to_blog'                           => array( 'Users', 'added_to_site', 10, 3 ),
		'remove_user_from_blog'                      => array( 'Users', 'removed_from_site', 10, 2 ),
		'set_user_role'                              => array( 'Users', 'role_changed', 10, 3 ),
		'deleted_user'                               => array( 'Users', 'deleted', 10, 3 ),
		'make_spam_user'                             => array( 'Users', 'spammed', 10, 1 ),
		'make_ham_user'                              => array( 'Users', 'unspammed', 10, 1 ),

		'after_signup_user'                          => array( 'Signups', 'user', 10, 2 ),
		'after_signup_site'                          => array( 'Signups', 'site', 10, 5 ),
		'wpmu_activate_user'                         => array( 'Signups', 'user_activated', 10, 1 ),
		'wpmu_activate_blog'                         => array( 'Signups', 'site_activated', 10, 2 ),

		'wp_login'                                   => array( 'Security', 'login', 10, 2 ),
		'wp_login_failed'                            => array( 'Security', 'login_failed', 10, 2 ),
		'wp_logout'                                  => array( 'Security', 'logout', 10, 1 ),
		'after_password_reset'                       => array( 'Security', 'password_reset', 10, 1 ),
		// Its first argument is the password: `password_set()` takes it and leaves it alone.
		'wp_set_password'                            => array( 'Security', 'password_set', 10, 2 ),
		'wp_create_application_password'             => array( 'Security', 'application_password', 10, 2 ),
		'granted_super_admin'                        => array( 'Security', 'super_admin_granted', 10, 1 ),
		'revoked_super_admin'                        => array( 'Security', 'super_admin_revoked', 10, 1 ),

		'transition_post_status'                     => array( 'Content', 'status', 10, 3 ),
		'wp_after_insert_post'                       => array( 'Content', 'saved', 10, 4 ),
		'trashed_post'                               => array( 'Content', 'trashed', 10, 1 ),
		'deleted_post'                               => array( 'Content', 'deleted', 10, 2 ),
		'add_attachment'                             => array( 'Content', 'attachment', 10, 1 ),
		'comment_post'                               => array( 'Comments', 'created', 10, 1 ),
		'wp_insert_comment'                          => array( 'Comments', 'created', 10, 1 ),
		'transition_comment_status'                  => array( 'Comments', 'status', 10, 3 ),
		'deleted_comment'                            => array( 'Comments', 'deleted', 10, 2 ),

		'activated_plugin'                           => array( 'Maintenance', 'plugin_activated', 10, 2 ),
		'deactivated_plugin'                         => array( 'Maintenance', 'plugin_deactivated', 10, 2 ),
		'deleted_plugin'                             => array( 'Maintenance', 'plugin_deleted', 10, 2 ),
		'switch_theme'                               => array( 'Maintenance', 'theme_switched', 10, 3 ),
		'upgrader_process_complete'                  => array( 'Maintenance', 'upgraded', 10, 2 ),
		'automatic_updates_complete'                 => array( 'Maintenance', 'upgraded_by_itself', 10, 1 ),
		'_core_updated_successfully'                 => array( 'Maintenance', 'core_updated', 1, 1 ),
		'wp_mail_failed'                             => array( 'Maintenance', 'mail_failed', 10, 1 ),
		'user_request_action_confirmed'              => array( 'Privacy', 'confirmed', 10, 1 ),
		'wp_privacy_personal_data_erased'            => array( 'Privacy', 'erased', 10, 1 ),

		'woocommerce_new_order'                      => array( 'WooCommerce', 'order_created', 10, 1 ),
		'woocommerce_order_status_changed'           => array( 'WooCommerce', 'order_status', 10, 3 ),
		'woocommerce_payment_complete'               => array( 'WooCommerce', 'order_paid', 10, 1 ),
		'woocommerce_order_refunded'                 => array( 'WooCommerce', 'order_refunded', 10, 2 ),
		'woocommerce_created_customer'               => array( 'WooCommerce', 'customer_created', 10, 1 ),
		'woocommerce_new_product'                    => array( 'WooCommerce', 'product_created', 10, 1 ),
		'woocommerce_update_product'                 => array( 'WooCommerce', 'product_updated', 10, 1 ),
		'woocommerce_low_stock'                      => array( 'WooCommerce', 'stock_low', 10, 1 ),
		'woocommerce_no_stock'                       => array( 'WooCommerce', 'stock_none', 10, 1 ),
		'woocommerce_subscription_status_updated'    => array( 'WooCommerce', 'subscription_status', 10, 3 ),
	);
}
